"""From a model's name to a pair on a device, with an identity card measured on the weights."""
