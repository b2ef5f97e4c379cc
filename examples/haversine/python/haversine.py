"""Distances on a sphere: a function of columns, which the engine computes where they are."""

from arrowbox import Column, call, scalar

# The mean radius of the Earth (IUGG), in kilometres.
RADIUS = 6371.0088


@scalar
def haversine(lat1: Column[float], lon1: Column[float], lat2: Column[float], lon2: Column[float]) -> Column[float]:
    """The distance between two places on Earth, in kilometres.

    Latitudes and longitudes are in degrees. The Earth is taken for a sphere, which is wrong by up to 0.5 %.
    After R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (1984).
    """
    phi1, phi2 = call("radians", lat1), call("radians", lat2)
    half_phi = call("sin", (phi2 - phi1) / 2)
    half_lambda = call("sin", call("radians", lon2 - lon1) / 2)
    h = half_phi * half_phi + call("cos", phi1) * call("cos", phi2) * half_lambda * half_lambda
    # Rounding can take the haversine of opposite places above one, hence `abs`.
    return 2 * RADIUS * call("atan2", h.sqrt(), abs(1 - h).sqrt())
