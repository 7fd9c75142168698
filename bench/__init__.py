"""What is promised about speed and exactness, measured from outside, beside the limits of the machine."""
