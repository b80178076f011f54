"""What all tests share: a LibreOffice with the extension, and the command beside it."""

import pathlib
import sys
import tempfile

from office import UNKNOWN_NAME, Office, values
from sheet_requests import FORMULAS, Command

HERE = pathlib.Path(__file__).parent
IDENTIFIER = "org.glmmpoisson.GlmmPoisson"
COMMAND, EXTENSION, EPILEPSY, EXAMPLE, RESULT = (
    pathlib.Path(path).resolve() for path in sys.argv[1:6])

temporary = tempfile.TemporaryDirectory()
folder = pathlib.Path(temporary.name)
command = Command(COMMAND)
office = Office(folder)


def start():
    office.unopkg("add", "-f", str(EXTENSION))
    listed = office.unopkg("list", IDENTIFIER)
    assert "is registered: yes" in listed and "GlmmPoisson.idl" in listed, listed
    office.start()
    print("LibreOffice", ".".join(map(str, office.version())))


def end():
    """Removes the extension, and sees that the function is gone."""
    office.stop()
    office.unopkg("remove", IDENTIFIER)
    assert IDENTIFIER not in office.unopkg("list")
    office.start()
    try:
        with office.new() as document:
            assert values(document.enter(FORMULAS[0], 0, 0)) == [[UNKNOWN_NAME]]
    finally:
        office.stop()
        temporary.cleanup()
