"""Addresses of every shape that the United States write, numbers and names of streets invented."""

BOXES = """PO Box 123|P.O. Box 44|Post Office Box 9A|POB 771|P O BOX #12|Box 88|RR 2 Box 15|Rural Route 3 Box 41A|RT 4 BOX 77|
HC 64 Box 12|HCR 1 Box 9|PSC 1234 Box 5678|Unit 2050 Box 4190|CMR 415 Box 333|General Delivery"""
ROADS = """4512 US Highway 95|1800 State Hwy 160|12345 FM 2222|1234 County Road 12|2200 Co Rd 310|500 Loop 410 SW|1 IH-35 N|
12 Interstate 35 Frontage Rd|1111 NE Loop 820|780 Ranch Road 620 S|99 State Route 7|41 Old US Hwy 66|310 CR 210|2 N FM 51"""
GRIDS = """123 N 400 W|455 E 300 S|1020 South 2100 East|60 E South Temple|N6W23001 Bluemound Rd|W204 N11912 Goldendale Rd|
3N456 Oak Rd|1W120 Larch Ln|7600 E 22nd St S"""
NUMBERS = """123 1/2 Main St|88-12 37th Ave|88-12 37th Avenue #4B|5000A Oak Ln|220B Baker Street|One Larkspur Way|12½ Elm St|
7 Camino Real|9 Elm|1200 Broadway|123 Main|41-07A Vernon Blvd"""
UNITS = """12 N Main St Apt 4|12 N Main St #4|12 N Main St, Unit 4-B|4420 W Sahara Av Ste. 200-B|301 Park Ave South Floor 3|
77 Mass. Ave., Bldg 4 Rm 32|100 E 5th St Ste 100 Bldg B|123 Main Street Rear|742 Evergreen Terrace, Apt 5|10 Larch Street Flat 2|
Apt 5 742 Evergreen Terrace|1 Main St Lot 12|8 Cove Rd Slip 4|15 Hill Rd Trlr 9|60 Wall St Fl 12|9 Pine St Penthouse|
33 Oak Ct Bsmt|12 Oak St Upper|500 Elm St Dept 12|123 Main St Unit|200 Lake Dr Spc 14"""
NAMES = """555 Avenida De Las Flores|1600 Ave of the Larches|4 Avenue D|123 St Marys St|9 St. John's Pl|15 Calle Sol|
12 Martin Luther King Jr Blvd|301 Via Del Mar|18 Rue Orleans|44 O'Neil Ct|7 El Camino Real|25 The Strand|12 North Ave|
9 West St|14 South Park Street|3 Court St|77 Circle Dr|1 Plaza Way Ct"""
TYPOS = """100 Maple Strt|12 Oka Strret|455 Desrt Inn Raod|12 Mian St.|9 N. N. Elm St|12 Main St Apt|500 Palm Av.|
1234 S  Decatur   Blvd,|c/o Pat Example 12 Oak St|
12 Oak St c/o Pat Example|12 main st. apt#4|12MAIN ST|6th Ave N 1200|123 Main St & 4th"""
BESIDE = """123 Main St PO Box 12|PO Box 12, 123 Main St|PO Box 1234 Dept 5|123 Main St PMB 45|HC 3 Box 3 Apt 4|RR 1 Box 12 Lot 4|
123 Main St Lower|123 Main St Upstairs|123 Main St FRNT|123 Main St Garage|123 Main St Cottage|#123 Main St|No. 123 Main St|
123 Main St Apt N/A|123 Máin St|Star Rte A Box 12|Highway Contract Route 68 Box 12|RD 3 Box 24"""
PUERTO_RICO = """Calle 1 B-4|150 Calle Sol|Carr 2 Km 45.6|HC 01 Box 29030|RR 36 Box 8190|URB Larches 150 Calle A|
400 Ave Larga Ste 12|
Cond Larch 12 Ave Larga|Urb Las Lilas A-12 Calle 5"""
MILES = (
    """Mile 5 Larch Hwy|MM 12 Larch Rd|Milepost 4 Larch Hwy|81990 Larch Hwy|12 Avenue A|12 Ave B Apt 4|44 C St NW|100 H ST NE"""
)
QUEENS = """37-18 Larch Blvd|144-41 Larch Ave Apt 2C|1-50 50th Ave|91-11a 195th St|123-1/2 Main St|
123½ Main St Apt 2|45 12 3/4 Oak Ln"""
CROSSINGS = """Main St & 4th Ave|Main St and 4th Ave|NW corner Main/4th|Main St at 4th Ave|100 Blk Main St|5th @ Elm"""
WITHOUT_NUMBER = """FM 1960 Rd W|CR 210|Corner of 5th and Main|Hwy 6 E|Lot 12 Whispering Pines Park|Oak Hill Farm"""


def shapes(*groups: str) -> list[str]:
    """The addresses of some groups, one by one."""
    return [shape.strip() for group in groups for shape in group.split("|")]


SOUND = shapes(BESIDE, PUERTO_RICO, MILES, QUEENS)
EVERY = shapes(BOXES, ROADS, GRIDS, NUMBERS, UNITS, NAMES, TYPOS, BESIDE, PUERTO_RICO, MILES, QUEENS, CROSSINGS, WITHOUT_NUMBER)
