"""A LibreOffice without windows: its extension, its documents, what a formula gives."""

import os
import pathlib
import subprocess
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

FILTERS = {"ods": "calc8", "xlsx": "Calc MS Excel 2007 XML", "xls": "MS Excel 97"}
# The status by which LibreOffice asks to be started again, as it does with a new profile.
RESTART = 81
# Rows of a sheet.
ALL_ROWS = 1048576


def properties(**values):
    made = []
    for name, value in values.items():
        made.append(PropertyValue())
        made[-1].Name, made[-1].Value = name, value
    return tuple(made)


class Office:
    """A profile of its own in a folder, with an extension, and the process that uses it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
        self.pipe = f"glmm-poisson-{os.getpid()}"
        self.process = None

    def unopkg(self, *arguments):
        run = subprocess.run(
            ["unopkg", *arguments, self.profile], capture_output=True, text=True, timeout=300)
        assert run.returncode == 0, (arguments, run.stdout, run.stderr)
        return run.stdout

    def start(self):
        self.launch()
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local)
        # Some 5 s, and minutes on a machine that is busy with other work.
        for _ in range(600):
            try:
                self.context = resolver.resolve(
                    f"uno:pipe,name={self.pipe};urp;StarOffice.ComponentContext")
                break
            except NoConnectException:
                time.sleep(0.5)
            if self.process.poll() == RESTART:
                self.launch()
            assert self.process.poll() is None, f"status {self.process.returncode}"
        self.desktop = self.service("com.sun.star.frame.Desktop")

    def launch(self):
        # Not by the script soffice, so that the process is the one whose time is measured.
        self.process = subprocess.Popen(
            ["/usr/lib/libreoffice/program/soffice.bin", "--headless", "--norestore",
             f"--accept=pipe,name={self.pipe};urp;", self.profile],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        try:
            self.desktop.terminate()
        except Exception:
            pass
        self.process.wait(timeout=60)

    def service(self, name):
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def version(self):
        access = self.service("com.sun.star.configuration.ConfigurationProvider") \
            .createInstanceWithArguments(
                "com.sun.star.configuration.ConfigurationAccess",
                properties(nodepath="/org.openoffice.Setup/Product"))
        return tuple(int(part) for part in access.ooSetupVersion.split(".")[:2])

    def cpu_seconds(self):
        """The time that processors have spent on the process."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def timed(self, work):
        """What the work costs LibreOffice in seconds of processor time, and on the clock.

        Calc computes in one thread and waits for nothing, so that on a machine without other work
        the two are equal; where others compute at the same time only the first can be held."""
        processor, clock = self.cpu_seconds(), time.monotonic()
        work()
        return self.cpu_seconds() - processor, time.monotonic() - clock

    def new(self):
        return Document(self.desktop.loadComponentFromURL(
            "private:factory/scalc", "_blank", 0, properties(Hidden=True)))

    def load(self, path):
        return Document(self.desktop.loadComponentFromURL(
            path.as_uri(), "_blank", 0, properties(Hidden=True)))


class Document:
    """A spreadsheet."""

    def __init__(self, document):
        self.document = document
        self.sheet = document.Sheets.getByIndex(0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.document.close(True)

    def range(self, name):
        return self.sheet.getCellRangeByName(name)

    def area(self, column, row, rows, columns):
        return self.sheet.getCellRangeByPosition(column, row, column + columns - 1, row + rows - 1)

    def put(self, column, row, values):
        """Rows of numbers and texts from a cell on; returns the name of their range."""
        area = self.area(column, row, len(values), len(values[0]))
        area.setDataArray(tuple(tuple(cells) for cells in values))
        return area.AbsoluteName.partition(".")[2]

    def enter(self, formula, column, row, rows=1, columns=1):
        """Enters a formula, over several cells as an array; returns their range."""
        area = self.area(column, row, rows, columns)
        if rows == columns == 1:
            area.getCellByPosition(0, 0).setFormula(formula)
        else:
            area.setArrayFormula(formula)
        return area

    def store(self, path):
        self.document.storeToURL(
            path.as_uri(), properties(FilterName=FILTERS[path.suffix[1:]], Overwrite=True))


def values(area):
    """The cells of a range: numbers, texts, and Error for what is neither."""
    rows = [list(row) for row in area.getDataArray()]
    for row, cells in enumerate(rows):
        for column in range(len(cells)):
            error = area.getCellByPosition(column, row).getError()
            if error:
                cells[column] = Error(error)
    return rows


class Error(int):
    """The number of an error in a cell: 504 for what Calc shows as Err:504."""


NOT_AVAILABLE, INVALID_ARGUMENT, WRONG_ARGUMENT, UNKNOWN_NAME, DIVISION = (
    Error(32767), Error(502), Error(504), Error(525), Error(532))
