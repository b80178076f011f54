"""GLMM_POISSON and its companions as functions of LibreOffice Calc.

A face of the C library: cells become a JSON request, the answer becomes cells. What arguments mean,
and what is wrong with them, is decided in the library alone.
"""

import ctypes
import json
import pathlib

import unohelper
from com.sun.star.lang import XServiceInfo
from org.glmmpoisson import XGlmmPoisson

SERVICE = "org.glmmpoisson.GlmmPoisson"
IMPLEMENTATION = SERVICE + ".python"
SERVICES = (SERVICE, "com.sun.star.sheet.AddIn")


class Library:
    """The C library beside this file, loaded by the first call: Calc makes the component when it
    starts, and few documents need it."""

    _library = None

    @classmethod
    def load(cls):
        library = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libglmmpoisson.so")))
        library.glmm_poisson_call.restype = ctypes.c_void_p
        library.glmm_poisson_call.argtypes = [ctypes.c_char_p]
        library.glmm_poisson_free.argtypes = [ctypes.c_void_p]
        cls._library = library

    @classmethod
    def call(cls, request):
        """The answer to a JSON request, as JSON."""
        if cls._library is None:
            cls.load()
        pointer = cls._library.glmm_poisson_call(request)
        try:
            return ctypes.string_at(pointer)
        finally:
            cls._library.glmm_poisson_free(pointer)


def filled_rows(rows):
    """The number of rows up to the last that has a cell which is not empty.

    Pieces that grow twofold are compared as a whole: a million rows one by one take ten times as
    long.
    """
    end, step = len(rows), 1
    empty = ("",) * len(rows[0]) if rows else ()
    while end > 0:
        start = max(end - step, 0)
        if rows[start:end] == (empty,) * (end - start):
            end, step = start, step * 2
        elif step > 1:
            step = 1
        else:
            break
    return end


def without_empty_end(*ranges):
    """Ranges without the rows at their end that are empty in all of them.

    The library does the same (a "spreadsheet" request), and would find nothing else if it got all
    rows. It is done here too because whole columns are three million cells, of which a JSON text
    would be made and read.
    """
    whole = [rows for rows in ranges if isinstance(rows, tuple)]
    count = max([filled_rows(rows) for rows in whole] + [1])
    return [rows[:count] if isinstance(rows, tuple) else rows for rows in ranges]


def answer(**request):
    """The rows that the library has for a request, one text where there are none.

    None, which Calc would show as 0, becomes an empty text.
    """
    try:
        found = json.loads(Library.call(json.dumps({"spreadsheet": True, **request}).encode()))
    except OSError as error:
        # In an installation that is not whole, or without GSL.
        found = f"The library of GLMM_POISSON cannot be loaded: {error}."
    rows = [[found]] if isinstance(found, str) else found
    return tuple(tuple("" if cell is None else cell for cell in row) for row in rows)


def fitted(result, y, x, groups, x_random, fit_intercept, alpha, **others):
    y, x, groups, x_random = without_empty_end(y, x, groups, x_random)
    return answer(
        result=result, y=y, x=x, groups=groups, x_random=x_random, fit_intercept=fit_intercept,
        alpha=alpha, **others)


class GlmmPoisson(unohelper.Base, XGlmmPoisson, XServiceInfo):
    """The functions by their names in the .idl; an argument that was left out is None."""

    def __init__(self, context):
        self.context = context

    def glmmPoisson(self, y, x, groups, xRandom, fitIntercept, alpha):
        return fitted("table", y, x, groups, xRandom, fitIntercept, alpha)

    def glmmPoissonWarnings(self, y, x, groups, xRandom, fitIntercept, alpha):
        return fitted("warnings", y, x, groups, xRandom, fitIntercept, alpha)

    def glmmPoissonGroups(self, y, x, groups, xRandom, fitIntercept, alpha):
        return fitted("groups", y, x, groups, xRandom, fitIntercept, alpha)

    def glmmPoissonPredict(
        self, y, x, groups, newX, newGroups, xRandom, newXRandom, fitIntercept, alpha
    ):
        new_x, new_groups, new_x_random = without_empty_end(newX, newGroups, newXRandom)
        return fitted(
            "predictions", y, x, groups, xRandom, fitIntercept, alpha, new_x=new_x,
            new_groups=new_groups, new_x_random=new_x_random)

    def getImplementationName(self):
        return IMPLEMENTATION

    def supportsService(self, name):
        return name in SERVICES

    def getSupportedServiceNames(self):
        return SERVICES


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(GlmmPoisson, IMPLEMENTATION, SERVICES)
