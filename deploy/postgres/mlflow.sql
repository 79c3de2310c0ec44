-- MLflow keeps its experiments in a database of its own.
create database mlflow;
