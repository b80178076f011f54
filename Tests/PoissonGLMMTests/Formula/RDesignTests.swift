import Foundation
import Testing

@testable import PoissonGLMM

/// Functions, splines, contrasts and `.` against R 4.2.2's `model.matrix` and the design that R's
/// `predict` makes of new rows, by `Reference/formula_designs.R`.
@Suite struct RDesignTests {
  struct Golden: Decodable {
    struct Design: Decodable {
      let formula: String
      let names: [String]
      let columns: [[Double]]
    }
    struct Columns: Decodable {
      let y: [Double]
      let x: [Double]
      let z: [Double]
      let year: [Double]
      let a: [String]
      let b: [String]

      var table: DataTable {
        get throws {
          try DataTable(columns: [
            ("y", .numeric(y)), ("x", .numeric(x)), ("z", .numeric(z)), ("year", .numeric(year)),
            ("a", text(a)), ("b", text(b)), ("g", text(y.map { "\($0)" })),
          ])
        }
      }
    }
    let program: String
    let data: Columns
    let new: Columns
    let designs: [Design]
    let predictions: [Design]
  }

  let golden: Golden
  let table: DataTable

  init() throws {
    golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: ReferenceData.url("formula_designs.json")))
    table = try golden.data.table
  }

  /// Sums of 16 rows and of up to 8 splines round in another order than R's do, and R's `poly` goes
  /// by a QR decomposition: a few units in the last place of the largest value of a column. Of
  /// values near 1000 with a spread of 3, `poly` loses 3 digits in either program.
  private func expectEqual(_ columns: [DesignColumn], _ expected: Golden.Design) {
    #expect(columns.map(\.name) == expected.names, "\(expected.formula)")
    let tolerance = expected.formula.contains("1000") ? 1e-13 : 1e-14
    for (column, reference) in zip(columns, expected.columns) {
      let size = reference.reduce(0) { max($0, $1.magnitude) }
      #expect(column.values.count == reference.count, "\(expected.formula)")
      for (value, other) in zip(column.values, reference) {
        #expect(abs(value - other) <= tolerance * size, "\(expected.formula): \(column.name)")
      }
    }
  }

  @Test func everyDesignIsRs() throws {
    #expect(golden.program.contains("R version 4.2.2"))
    #expect(golden.designs.count == 100)
    for design in golden.designs {
      let formula = try Formula("y ~ \(design.formula) + (1 | g)")
      expectEqual(try ModelFrame(formula: formula, data: table).fixed, design)
    }
  }

  @Test func newRowsAreCodedAsThoseOfTheFit() throws {
    #expect(golden.predictions.count == 18)
    let new = try golden.new.table
    for design in golden.predictions {
      let formula = try Formula("y ~ \(design.formula) + (1 | g)")
      let frame = try ModelFrame(formula: formula, data: table)
      let rows = try CompleteRows(allOf: new, columns: frame.columnNames)
      expectEqual(try frame.fixedColumns(of: rows), design)
    }
  }

  @Test func randomTermsHaveTheSameFunctions() throws {
    let fixed = try ModelFrame(
      formula: Formula("y ~ scale(x) + ns(z, 2) + I(x > 2) + (1 | g)"), data: table)
    let frame = try ModelFrame(
      formula: Formula("y ~ 1 + (1 + scale(x) + ns(z, 2) + I(x > 2) | g)"), data: table)
    #expect(frame.random == fixed.fixed)
    let new = try CompleteRows(allOf: try golden.new.table, columns: frame.columnNames)
    #expect(try frame.randomColumns(of: new)[0] == fixed.fixedColumns(of: new))
  }

  @Test func referencesChangeTheFirstLevel() throws {
    let relevelled = try ModelFrame(
      formula: Formula("y ~ relevel(b, ref = \"v\") * x + relevel(factor(year), \"98\") + (1 | g)"),
      data: table)
    let formula = try Formula("y ~ b * x + factor(year) + (1 | g)")
    let frame = try ModelFrame(
      formula: formula, data: table, references: ["b": "v", "year": "98"])
    #expect(frame.fixed.map(\.values) == relevelled.fixed.map(\.values))
    #expect(
      frame.fixed.map(\.name) == [
        "Intercept", "bZ", "bu", "bw", "x", "factor(year)94", "factor(year)96", "factor(year)100",
        "bZ:x", "bu:x", "bw:x",
      ])
    let new = try CompleteRows(allOf: try golden.new.table, columns: frame.columnNames)
    #expect(try frame.fixedColumns(of: new).map(\.name) == frame.fixed.map(\.name))
    // What the formula says counts.
    let both = try ModelFrame(
      formula: Formula("y ~ relevel(b, ref = \"w\") + b + (1 | g)"), data: table,
      references: ["b": "v"])
    #expect(both.fixed[1].name == "relevel(b, ref = \"w\")Z")
    #expect(both.fixed[4].name == "bZ")
  }

  @Test func theDotIsAllOtherColumns() throws {
    let formula = try Formula("y ~ . - a + (1 | g) + offset(log(z))")
    #expect(formula.hasOpenColumns)
    #expect(formula.columnNames == ["y", "g", "z"])
    let expanded = try formula.expanded(over: table.columnNames)
    #expect(!expanded.hasOpenColumns)
    #expect(expanded.columnNames == ["y", "x", "year", "b", "g", "z"])
    #expect(expanded.text == formula.text)
    for formula in [formula, expanded] {
      let frame = try ModelFrame(formula: formula, data: table)
      #expect(frame.fixed.map(\.name) == ["Intercept", "x", "year", "bu", "bv", "bw"])
      #expect(frame.notices == ["'.' stands for x, year, a, b."])
    }
    let none = try DataTable(columns: [("y", .numeric([1])), ("g", .numeric([1]))])
    #expect {
      try ModelFrame(formula: Formula("y ~ . + (1 | g)"), data: none)
    } throws: {
      "\($0)".hasPrefix("'.' stands for all other columns, but the data have none.\n")
    }
  }

  /// New rows whose factor has fewer levels, in another order, with truth values that never change.
  @Test func whatDependsOnTheDataIsRemembered() throws {
    let formula = try Formula("y ~ b + I(a == \"p\") + factor(x > 2) + scale(x) + (1 | g)")
    let frame = try ModelFrame(formula: formula, data: table)
    let one = try DataTable(columns: [
      ("y", .numeric([0])), ("b", text(["w"])), ("a", text(["p"])), ("x", .numeric([8])),
      ("g", text(["new"])),
    ])
    let columns = try frame.fixedColumns(
      of: CompleteRows(allOf: one, columns: frame.columnNames))
    #expect(columns.map(\.name) == frame.fixed.map(\.name))
    // Row 12 of the data has b = w, a = p and x = 8 too.
    #expect(columns.map { $0.values[0] } == frame.fixed.map { $0.values[11] })
  }
}
