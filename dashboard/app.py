"""The one script of the pages: who is here, which page they want, run it."""

from dashboard import navigation
from dashboard.components import frame
from dashboard.current import current_user

frame.open_page()
user = current_user()
frame.sidebar(user)
navigation.run(user)
