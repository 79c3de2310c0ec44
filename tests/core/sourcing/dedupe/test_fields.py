"""Columns of files as people name them (SPEC 8.4)."""

import pytest

from core.kit.errors import Invalid
from core.sourcing.dedupe import recognise, values


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("id,name,addr,city,phone,type", "name address city phone"),
        ("DBA,BORO,BUILDING,STREET,ZIPCODE,PHONE", "company city street_number address zip phone"),
        ("rec_id,given_name,surname,street_number,address_1,address_2,suburb,postcode,state",
         "first_name last_name street_number address address2 city zip state"),
        ("last_name,first_name,midl_name,name_sufx_cd,res_street_address,res_city_desc,state_cd,zip_code,full_phone_number",
         "last_name first_name middle_name suffix address city state zip phone"),
        ("Id,Source,Site name,Address,Zip,Phone,Fax", "company address zip phone"),
        ("customerName,emailAddress,phoneNumber,streetAddress", "name email phone address"),
        ("Facility Name,Facility Address,Facility City,Facility Phone 1", "company address city phone"),
        ("Restaurant,Cuisine,Location Address,Contact Phone", "company address phone"),
        ("Synthetic Owner Name ,Prop. Addr 1,TOWN , Zip/Postal,  Day Phone #,Phone type", "name address city zip phone"),
        ("Cust. first nm,Cust. surname,E-mail addr.,Prov./State", "first_name last_name email state"),
        ("Cust. Nm (full),Prop. Addr 1,City/Town,ST", "name address city state"),
        ("fname_c1,lname_c1,by,bm,bd", "first_name last_name"),
        ("FIRSTNAME,LASTNAME,ADDR,CITYNAME,STATECODE,ZIPCODE5,PHONENO", "first_name last_name address city state zip phone"),
        ("Vorname,Name,Straße,Hausnr.,PLZ,Ort,Telefon,E-Mail",
         "first_name last_name address street_number zip city phone email"),
        ("Nombre,Apellidos,Dirección,Ciudad,Estado,Código Postal,Teléfono,Correo electrónico",
         "first_name last_name address city state zip phone email"),
        ("Prénom,Nom,Adresse,Ville,Code postal,Téléphone,Courriel", "first_name last_name address city zip phone email"),
        ("Nome,Cognome,Indirizzo,Città,CAP,Cellulare", "first_name last_name address city zip phone"),
        ("姓名,地址,电话,邮编", "name address phone zip"),
        ("last_name,first_name,middle_name,name_suffix_lbl,birth_state,mother_name", "last_name first_name middle_name suffix"),
        ("cust_nm,cust_addr_ln_1,cust_cty,cust_st,cust_eml", "name address city state email"),
        ("source,title,street,locality,tel", "name address city phone"),
        ("title,first_name,last_name,address", "first_name last_name address"),
        ("venue,location,city,phone", "company address city phone"),
        ("Nombre,Dirección", "name address"),
    ],
)  # fmt: skip
def test_columns_are_known_by_what_people_call_them(header: str, fields: str) -> None:
    assert set(recognise(header.split(","))) == set(fields.split())


def test_a_second_number_stands_in_for_the_first() -> None:
    columns = recognise(["full_name", "phone_1", "phone_2", "fax_number"])
    assert columns == {"name": [0], "phone": [1, 2]}
    assert values(["Pat", "", "775-234-1111", "9"], columns)["phone"] == "775-234-1111"


def test_a_file_without_a_header_is_told_what_it_lacks() -> None:
    for first in ("Pat,Lee,12 Oak St,89109", "Pat Lee,pat@example.com", "Acme,(702) 555-0142"):
        with pytest.raises(Invalid, match="looks like a record"):
            recognise(first.split(","))
    with pytest.raises(Invalid, match="No column is recognised"):
        recognise(["foo", "bar"])


@pytest.mark.parametrize(
    ("line", "street", "city", "state", "zip"),
    [
        ("123 Oak St, Las Vegas, NV 89101", "123 Oak St", "Las Vegas", "NV", "89101"),
        ("123 Oak St, Apt 4, Las Vegas, nv, 89101-1234", "123 Oak St, Apt 4", "Las Vegas", "NV", "89101"),
        ("12 Main St, Reno 89501, USA", "12 Main St", "Reno", "", "89501"),
        ("12 Main St Reno NV 89501", "12 Main St", "Reno", "NV", "89501"),
        ("PO Box 12345", "PO Box 12345", "", "", ""),
        ("45 E 12345 S", "45 E 12345 S", "", "", ""),
    ],
)
def test_a_whole_address_in_one_cell_is_taken_apart(line: str, street: str, city: str, state: str, zip: str) -> None:
    read = values([line], recognise(["Full Address"]))
    assert [read.get(part, "") for part in ("address", "city", "state", "zip")] == [street, city, state, zip]
    beside = values([line, "89109"], recognise(["Full Address", "Zip"]))
    assert beside == {"address": line, "zip": "89109"}, "a ZIP in a column of its own is believed"


def test_a_plain_name_comes_before_one_that_says_it_by_the_way() -> None:
    assert recognise(["billing_phone", "phone", "shipping_phone"]) == {"phone": [1]}
    assert recognise(["billing_phone", "shipping_phone"]) == {"phone": [0, 1]}
