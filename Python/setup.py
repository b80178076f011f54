"""One wheel for every Python 3: the library inside is called by ctypes, not linked to Python.

The version is that of the library, which `make wheel` copies into the package beforehand.
"""

import ctypes
import pathlib

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel


class LibraryDistribution(Distribution):
    def has_ext_modules(self):
        return True


class LibraryWheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


def version():
    path = pathlib.Path(__file__).resolve().parent / "glmm_poisson" / "libglmmpoisson.so"
    library = ctypes.CDLL(str(path))
    library.glmm_poisson_version.restype = ctypes.c_char_p
    return library.glmm_poisson_version().decode()


setup(version=version(), distclass=LibraryDistribution, cmdclass={"bdist_wheel": LibraryWheel})
