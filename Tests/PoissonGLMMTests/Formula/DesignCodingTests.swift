import Foundation
import Testing

@testable import PoissonGLMM

/// Designs against R 4.2.2's own `model.matrix`, by `Reference/design_matrices.R`.
@Suite struct DesignCodingTests {
  struct Golden: Decodable {
    struct Design: Decodable {
      let formula: String
      let names: [String]
      let columns: [[Double]]
    }
    struct Data: Decodable {
      let y: [Double]
      let x: [Double]
      let z: [Double]
      let year: [Double]
      let a: [String]
      let b: [String]
    }
    let data: Data
    let designs: [Design]
  }

  let golden: Golden
  let table: DataTable

  init() throws {
    golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: ReferenceData.url("design_matrices.json")))
    table = try DataTable(columns: [
      ("y", .numeric(golden.data.y)), ("x", .numeric(golden.data.x)),
      ("z", .numeric(golden.data.z)),
      ("year", .numeric(golden.data.year)), ("a", text(golden.data.a)), ("b", text(golden.data.b)),
    ])
  }

  @Test func everyDesignIsRs() throws {
    #expect(golden.designs.count == 51)
    for design in golden.designs {
      let formula = try Formula("y ~ \(design.formula) + (1 | year)")
      let frame = try ModelFrame(formula: formula, data: table)
      #expect(frame.fixed.map(\.name) == design.names, "\(design.formula)")
      for (column, expected) in zip(frame.fixed, design.columns) {
        for (value, reference) in zip(column.values, expected) {
          // Both use the C library's functions on the same doubles; a power may differ in its last
          // bit.
          #expect(abs(value - reference) <= 1e-15 * abs(reference), "\(design.formula)")
        }
      }
    }
  }

  @Test func columnsOfTheEpilepsyModel() throws {
    let columns = ["y", "lbase", "trt", "lage", "V4", "subject"].map {
      ($0, DataColumn.numeric([1, 2]))
    }
    let frame = try ModelFrame(
      formula: Formula("y ~ lbase * trt + lage + V4 + (1 | subject)"),
      data: DataTable(columns: columns))
    #expect(frame.fixed.map(\.name) == ["Intercept", "lbase", "trt", "lage", "V4", "lbase:trt"])
    #expect(frame.random.map(\.name) == ["Intercept"])
    #expect(frame.grouping.labels == ["1", "2"])
    #expect(frame.offset == nil)
  }
}

/// A text column; an empty string is a missing value.
func text(_ values: [String]) -> DataColumn {
  var levels: [String] = []
  let codes = values.map { value -> Int32 in
    if value.isEmpty { return -1 }
    if let known = levels.firstIndex(of: value) { return Int32(known) }
    levels.append(value)
    return Int32(levels.count - 1)
  }
  return .text(codes: codes, levels: levels)
}
