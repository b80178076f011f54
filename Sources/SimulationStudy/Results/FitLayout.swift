import Foundation

/// What the numbers of a fit mean. Fits of one method on one scenario share their layout, as a rule.
///
/// The numbers are: the evidence bound, if there is one; then for each parameter the estimate, its
/// standard error, the lower and the upper end of its interval and, if it has one, its p value.
struct FitLayout: Hashable, Codable, Sendable {
  struct Parameter: Hashable, Codable, Sendable {
    let name: String
    let hasPValue: Bool

    private enum CodingKeys: String, CodingKey {
      case name
      case hasPValue = "p_value"
    }
  }

  let hasBound: Bool
  let parameters: [Parameter]

  private enum CodingKeys: String, CodingKey {
    case hasBound = "bound"
    case parameters
  }

  init(_ result: EstimationResult) {
    hasBound = result.evidenceLowerBound != nil
    parameters = result.parameters.map {
      Parameter(name: $0.parameter, hasPValue: $0.pValue != nil)
    }
  }

  /// JSON with sorted keys: the same text for the same layout.
  init(json text: String) throws {
    self = try JSONDecoder().decode(FitLayout.self, from: Data(text.utf8))
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// The number of doubles of a fit.
  var count: Int {
    parameters.reduce(hasBound ? 1 : 0) { $0 + ($1.hasPValue ? 5 : 4) }
  }

  /// The numbers of a result of this layout as little-endian bytes.
  static func encode(_ result: EstimationResult) -> Data {
    var numbers: [UInt64] = []
    numbers.reserveCapacity(1 + 5 * result.parameters.count)
    func append(_ number: Double) { numbers.append(number.bitPattern.littleEndian) }
    if let bound = result.evidenceLowerBound { append(bound) }
    for parameter in result.parameters {
      append(parameter.estimate)
      append(parameter.standardError)
      append(parameter.intervalLower)
      append(parameter.intervalUpper)
      if let pValue = parameter.pValue { append(pValue) }
    }
    return numbers.withUnsafeBytes { Data($0) }
  }

  /// - Returns: nil if the bytes are not as many as the layout asks for.
  func decode(
    _ bytes: Data, iterations: Int, reason: String, converged: Bool
  ) -> EstimationResult? {
    guard bytes.count == 8 * count else { return nil }
    return bytes.withUnsafeBytes { bytes in
      var offset = 0
      func next() -> Double {
        defer { offset += 8 }
        return Double(
          bitPattern: UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      }
      let bound = hasBound ? next() : nil
      let estimates = parameters.map { parameter in
        ParameterEstimate(
          parameter: parameter.name, estimate: next(), standardError: next(),
          intervalLower: next(), intervalUpper: next(),
          pValue: parameter.hasPValue ? next() : nil)
      }
      return EstimationResult(
        parameters: estimates, evidenceLowerBound: bound, iterations: iterations, reason: reason,
        converged: converged)
    }
  }
}
