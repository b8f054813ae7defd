"""What is measured of a token: divergences, quantities, and the records that hold them."""
