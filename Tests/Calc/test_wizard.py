"""What the function wizard shows."""

import unittest
import xml.etree.ElementTree as ElementTree

import session
from com.sun.star.sheet.FunctionCategory import STATISTICAL
from sheet_requests import OPTIONAL, RANGES


class Wizard(unittest.TestCase):
    """The texts of the function wizard are those of CalcAddIns.xcu."""

    def test_every_text_is_read_back(self):
        name = "{http://openoffice.org/2001/registry}name"
        root = ElementTree.parse(session.HERE / "../../Calc/CalcAddIns.xcu").getroot()
        (functions,) = (node for node in root.iter("node") if node.get(name) == "AddInFunctions")

        def text(node, key):
            (prop,) = (prop for prop in node.findall("prop") if prop.get(name) == key)
            return prop.find("value").text

        descriptions = session.office.service("com.sun.star.sheet.FunctionDescriptions")
        found = {}
        for index in range(descriptions.Count):
            function = {item.Name: item.Value for item in descriptions.getByIndex(index)}
            found[function["Name"]] = function
        names = []
        for node in functions:
            display = text(node, "DisplayName")
            names.append(display)
            function = found[display]
            self.assertEqual(function["Description"], text(node, "Description"))
            self.assertEqual(function["Category"], STATISTICAL)
            (parameters,) = node.findall("node")
            self.assertEqual(
                [(item.Name, item.Description) for item in function["Arguments"]],
                [(text(item, "DisplayName"), text(item, "Description")) for item in parameters])
            self.assertEqual(
                [item.Name for item in function["Arguments"] if not item.IsOptional],
                RANGES + (["new_x"] if display.endswith("PREDICT") else []))
        self.assertEqual(names, ["GLMM_POISSON" + end
                                 for end in ("", "_WARNINGS", "_GROUPS", "_PREDICT")])
        self.assertEqual(
            [item.Name for item in found["GLMM_POISSON"]["Arguments"]], RANGES + OPTIONAL)
