"""The demonstration company: real rows, real files, real ceremonies, made through the same services as everybody's."""

from pli.project.demonstration.addresses import refresh_addresses
from pli.project.demonstration.start import make_company, make_demonstration

__all__ = ["make_company", "make_demonstration", "refresh_addresses"]
