import Foundation
import Testing

@testable import SimulationStudy

@Suite struct FitLayoutTests {
  /// Every kind of double there is, the sign of zero and a NaN with a payload among them.
  private static let numbers: [Double] = [
    0, -0.0, 0.1, -1 / 3, .infinity, -.infinity, .nan, Double(nan: 0x1234, signaling: false),
    .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude, .ulpOfOne,
  ]

  private static func result(bound: Double?, pValues: [Double?]) -> EstimationResult {
    EstimationResult(
      parameters: pValues.enumerated().map { index, pValue in
        func number(_ shift: Int) -> Double { numbers[(4 * index + shift) % numbers.count] }
        return ParameterEstimate(
          parameter: "x\(index) \"ü\"\n", estimate: number(0), standardError: number(1),
          intervalLower: number(2), intervalUpper: number(3), pValue: pValue)
      }, evidenceLowerBound: bound, iterations: 7, reason: "converged", converged: true)
  }

  private static func bits(_ result: EstimationResult) -> [UInt64?] {
    [result.evidenceLowerBound?.bitPattern]
      + result.parameters.flatMap {
        [
          $0.estimate.bitPattern, $0.standardError?.bitPattern, $0.intervalLower?.bitPattern,
          $0.intervalUpper?.bitPattern, $0.pValue?.bitPattern,
        ]
      }
  }

  @Test(arguments: [
    result(bound: -0.0, pValues: [0.5, nil, -0.0]), result(bound: nil, pValues: [nil, .nan, 1]),
    result(bound: .nan, pValues: []), result(bound: nil, pValues: []),
  ])
  func numbersComeBackToTheBit(result: EstimationResult) throws {
    let layout = try FitLayout(json: FitLayout(result).json())
    #expect(layout == FitLayout(result))
    let bytes = FitLayout.encode(result)
    #expect(bytes.count == 8 * layout.count)
    let back = try #require(
      layout.decode(bytes, iterations: 7, reason: "converged", converged: true))
    #expect(Self.bits(back) == Self.bits(result))
    #expect(back.parameters.map(\.parameter) == result.parameters.map(\.parameter))
    #expect((back.iterations, back.reason, back.converged) == (7, "converged", true))
  }

  /// True values and their posterior probabilities, where replicates have them.
  @Test func truthsComeBackToTheBit() throws {
    let result = EstimationResult(
      parameters: [
        ParameterEstimate(
          parameter: "both", estimate: 1, standardError: 2, intervalLower: 3, intervalUpper: 4,
          pValue: 0.5, truth: -0.0, probabilityBelowTruth: 0.1),
        ParameterEstimate(
          parameter: "truth", estimate: 5, standardError: 6, intervalLower: 7, intervalUpper: 8,
          pValue: nil, truth: 1 / 3),
        ParameterEstimate(
          parameter: "neither", estimate: 9, standardError: 10, intervalLower: 11,
          intervalUpper: 12, pValue: nil),
      ], evidenceLowerBound: -1, iterations: 7, reason: "converged", converged: true)
    let layout = try FitLayout(json: FitLayout(result).json())
    #expect(layout == FitLayout(result))
    let back = try #require(
      layout.decode(
        FitLayout.encode(result), iterations: 7, reason: "converged", converged: true))
    #expect(back == result)
    #expect(back.parameters[0].truth?.sign == .minus)
  }

  /// A store without such values has the layouts that it always had.
  @Test func aLayoutWithoutTruthsNamesNone() throws {
    let result = Self.result(bound: 1, pValues: [0.5])
    let text = try FitLayout(result).json()
    #expect(!text.contains("truth") && !text.contains("probability"))
    let old = #"{"bound":true,"parameters":[{"name":"x","p_value":false}]}"#
    #expect(try FitLayout(json: old).count == 5)
  }

  @Test func bytesOfAnotherLengthAreRefused() {
    let result = Self.result(bound: 1, pValues: [nil])
    let bytes = FitLayout.encode(result)
    for wrong in [Data(), bytes.dropLast(), bytes + Data([0])] {
      let decoded = FitLayout(result).decode(
        wrong, iterations: 1, reason: "converged", converged: true)
      #expect(decoded == nil)
    }
  }

  /// Somebody else's program can read the numbers: this is their place and their byte order.
  @Test func theBytesAreLittleEndianDoubles() {
    let result = EstimationResult(
      parameters: [
        ParameterEstimate(
          parameter: "x", estimate: 1, standardError: 2, intervalLower: 3, intervalUpper: 4,
          pValue: 0.5)
      ], evidenceLowerBound: -2, iterations: 1, reason: "converged", converged: true)
    // IEEE 754: 1 is 3FF0..., 2 is 4000..., 3 is 4008..., 4 is 4010..., 0.5 is 3FE0..., -2 is
    // C000...
    let heads: [[UInt8]] = [
      [0x00, 0xC0], [0xF0, 0x3F], [0x00, 0x40], [0x08, 0x40], [0x10, 0x40], [0xE0, 0x3F],
    ]
    #expect(
      Array(FitLayout.encode(result)) == heads.flatMap { Array(repeating: 0, count: 6) + $0 })
  }
}
