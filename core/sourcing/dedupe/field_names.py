"""By which names the columns of strangers' files are known."""

from core.sourcing.dedupe.headings import NAMES_ABROAD

NAMES: dict[str, str] = {
    "name": "name full_name fullname contact contact_name customer_name customer person person_name lead_name owner_name"
    " customername contactname client client_name patient_name voter_name member_name",
    "first_name": "first_name first firstname given_name givenname given fname forename name_first fname_c1 first_nm firstnm",
    "middle_name": "middle_name middle middlename middle_initial mname name_middle midl_name middle_nm mi",
    "last_name": "last_name last lastname surname family_name familyname lname sname name_last lname_c1 last_nm lastnm",
    "suffix": "suffix name_suffix generation name_sufx name_sufx_cd suffix_name",
    "company": "company company_name companyname business business_name businessname organization organisation"
    " organization_name org org_name account_name legal_name trade_name dba dba_name aka aka_name"
    " doing_business_as doing_business_as_name firm firm_name restaurant restaurant_name shop shop_name store store_name site"
    " site_name facility facility_name premise_name venue venue_name place_name hospital_name provider_name agency_name"
    " school_name employer title_of_business",
    "email": "email e_mail email_address emailaddress mail e_mail_address email1 email_1 email2 email_2 mail_address",
    "phone": "phone phone_number phonenumber telephone telephone_number tel mobile mobile_phone cell cell_phone phone1 phone_1"
    " phone2 phone_2"
    " home_phone work_phone phone_no contact_number full_phone_number phonenum phone_num phone_nbr",
    "street_number": "street_number streetnumber house_number housenumber house_no number_of_house street_no building"
    " building_number house_num st_number st_no stnumb st_numb",
    "address": "address addr street street_address streetaddress address1 address_1 addr1 address_line_1 address_line1 line1"
    " line_1 mailing_address full_address street_name streetname street1"
    " street_addr address_street st_address address_text location_address street_line stadd st_add",
    "address2": "address2 address_2 addr2 address_line_2 address_line2 line2 line_2 unit apt apartment suite unit_number street2"
    " apt_number apt_no suite_number",
    "city": "city town suburb locality municipality place city_name borough boro city_desc city_town town_city",
    "state": "state province region state_code state_abbr st state_province state_cd state_name us_state",
    "zip": "zip zip_code zipcode postal_code postalcode postcode post_code postal zip5 zip_cd zip_5 zip9",
}
# Words before a column's name that tell whose it is, not what it is.
WHOSE = frozenset(
    {"customer", "cust", "contact", "client", "person", "lead", "owner", "primary", "main", "home", "res", "residence"}
    | {"residential", "mailing", "mail", "billing", "shipping", "business", "biz", "company", "store", "site", "facility"}
    | {"account", "provider", "user", "member", "patient", "voter", "property", "physical", "premise", "restaurant", "current"}
    | {"location", "a", "b"}
)
# What a word in a column's name makes of it, the first that fits; every set of words must be met.
WORDS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (field, tuple(frozenset(words.split("|")) for words in told.split()))
    for field, told in (
        ("email", "email|mail e|email|address|addr"),
        ("email", "email|eml"),
        ("zip", "zip|postal|postcode|zipcode|plz"),
        ("phone", "phone|telephone|tel|mobile|cell|ph|phones"),
        ("suffix", "suffix name|nm"),
        ("middle_name", "middle|mid name|nm|initial"),
        ("first_name", "first|given|fore|christian name|nm"),
        ("last_name", "last|family|sur name|nm"),
        ("last_name", "surname|lastname"),
        ("first_name", "firstname|forename"),
        ("address2", "addr|address|street|line 2|two|unit|apt|suite"),
        ("address", "addr|address|street|adress"),
        ("city", "city|cty|town|municipality"),
        ("state", "state|province"),
        ("company", "company|business|organization|organisation|firm|dba|shop|store|restaurant"),
        ("name", "name|names|fullname|nm"),
    )
)
# Words that say a column is about a thing rather than the thing.
ABOUT = frozenset(
    {
        "id",
        "ids",
        "type",
        "kind",
        "date",
        "time",
        "count",
        "status",
        "flag",
        "valid",
        "verified",
        "source",
        "hash",
        "score",
        "lat",
    }
    | {"lon", "latitude", "longitude", "url", "website", "fax", "notes", "note", "comment", "file", "user", "login", "county"}
    | {"country", "created", "updated", "category", "description", "of"}
    | {"birth", "born", "mother", "father", "spouse", "emergency"}
)
BOOK = {name: field for names_of in (NAMES_ABROAD, NAMES) for field, names in names_of.items() for name in names.split()}
RUN = {name.replace("_", ""): field for name, field in BOOK.items() if len(name) > 4}  # CITYNAME, zipcode5
