"""Names of columns in the languages that files come in beside English: accents dropped, words joined by ``_``."""

NAMES_ABROAD: dict[str, str] = {
    "name": "nombre nombre_completo nombre_y_apellidos nom nom_complet nome nome_completo nominativo vollstandiger_name kunde"
    " kundenname ansprechpartner cliente kontakt 姓名 氏名 名前",
    "first_name": "vorname vornamen prenom prenoms nombres primer_nombre nombre_de_pila primeiro_nome voornaam 名",
    "last_name": "nachname familienname zuname apellido apellidos primer_apellido nom_de_famille cognome sobrenome apelido"
    " achternaam 姓",
    "company": "firma firmenname unternehmen betrieb empresa razon_social nombre_comercial negocio societe entreprise"
    " raison_sociale azienda ragione_sociale ditta bedrijf bedrijfsnaam 公司 会社名",
    "email": "e_mail_adresse emailadresse correo correo_electronico courriel adresse_mail adresse_e_mail adresse_electronique"
    " posta_elettronica endereco_de_email 邮箱 电子邮件 メールアドレス",
    "phone": "telefon telefonnummer rufnummer handy handynummer mobiltelefon mobilnummer telefono telefono_movil movil celular"
    " numero_de_telefono tel_portable numero_de_telephone cellulare telefone telefoonnummer telefoon 电话 手机 電話番号",
    "street_number": "hausnummer hausnr hnr numero_exterior numero_civico huisnummer",
    "address": "strasse str strasse_hausnummer strasse_und_hausnummer strasse_nr anschrift adresse direccion domicilio calle"
    " adresse_postale rue indirizzo via endereco morada rua straat adres 地址 住所",
    "address2": "adresszusatz complemento complement_d_adresse complement_adresse interno",
    "city": "ort stadt wohnort ciudad localidad municipio poblacion ville commune localite citta comune cidade localidade"
    " plaats woonplaats 城市 市",
    "state": "bundesland estado provincia departamento etat stato 州 省",
    "zip": "plz postleitzahl codigo_postal cod_postal cp code_postal cap cep codice_postale 邮编 邮政编码 郵便番号",
}
