"""Columns of files as people name them (SPEC 8.4)."""

import pytest

from core.sourcing.dedupe import recognise


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
    ],
)  # fmt: skip
def test_columns_are_known_by_what_people_call_them(header: str, fields: str) -> None:
    assert set(recognise(header.split(","))) == set(fields.split())


def test_a_plain_name_comes_before_one_that_says_it_by_the_way() -> None:
    assert recognise(["billing_phone", "phone", "shipping_phone"]) == {"phone": [1]}
    assert recognise(["billing_phone", "shipping_phone"]) == {"phone": [0, 1]}
