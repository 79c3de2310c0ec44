"""Lengths and lands as people of the markets say them; stored and reckoned are metres and square kilometres."""

MILE_M, FOOT_M, SQUARE_MILE_KM2 = 1609.344, 0.3048, 2.589988


def distance(metres: float) -> str:
    """``120 ft``, from a fifth of a mile on ``2.5 miles``."""
    if metres < MILE_M / 5:
        return f"{round(metres / FOOT_M, -1):,.0f} ft"
    miles = round(metres / MILE_M, 1)
    return f"{miles:,g} {'mile' if miles == 1 else 'miles'}"


def land(square_km: float) -> str:
    """``6,466 sq mi``."""
    miles = square_km / SQUARE_MILE_KM2
    return f"{miles:,.0f} sq mi" if miles >= 10 else f"{miles:,.1f} sq mi"
