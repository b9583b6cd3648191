"""How fast the house is: ``make bench``, and what it measures with."""
