import Foundation

/// What the numbers of a fit mean. Fits of one method on one scenario share their layout, as a rule.
///
/// The numbers are: the evidence bound, if there is one; then for each parameter the estimate, its
/// standard error, the lower and the upper end of its interval and, if it has them, its p value, its true value
/// in this replicate and the posterior probability up to there.
struct FitLayout: Hashable, Codable, Sendable {
  struct Parameter: Hashable, Codable, Sendable {
    let name: String
    let hasPValue: Bool
    let hasTruth: Bool
    let hasProbability: Bool

    private enum CodingKeys: String, CodingKey {
      case name
      case hasPValue = "p_value"
      case hasTruth = "truth"
      case hasProbability = "probability"
    }

    init(_ estimate: ParameterEstimate) {
      name = estimate.parameter
      hasPValue = estimate.pValue != nil
      hasTruth = estimate.truth != nil
      hasProbability = estimate.probabilityBelowTruth != nil
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      name = try container.decode(String.self, forKey: .name)
      hasPValue = try container.decode(Bool.self, forKey: .hasPValue)
      hasTruth = try container.decodeIfPresent(Bool.self, forKey: .hasTruth) ?? false
      hasProbability = try container.decodeIfPresent(Bool.self, forKey: .hasProbability) ?? false
    }

    /// What is not there is not named, so that a layout without it reads as it always did.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(hasPValue, forKey: .hasPValue)
      if hasTruth { try container.encode(true, forKey: .hasTruth) }
      if hasProbability { try container.encode(true, forKey: .hasProbability) }
    }

    /// The number of its doubles.
    var count: Int { [hasPValue, hasTruth, hasProbability].reduce(4) { $0 + ($1 ? 1 : 0) } }
  }

  let hasBound: Bool
  let parameters: [Parameter]

  private enum CodingKeys: String, CodingKey {
    case hasBound = "bound"
    case parameters
  }

  init(_ result: EstimationResult) {
    hasBound = result.evidenceLowerBound != nil
    parameters = result.parameters.map(Parameter.init)
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
    parameters.reduce(hasBound ? 1 : 0) { $0 + $1.count }
  }

  /// The numbers of a result of this layout as little-endian bytes.
  static func encode(_ result: EstimationResult) -> Data {
    var numbers: [UInt64] = []
    numbers.reserveCapacity(1 + 7 * result.parameters.count)
    func append(_ number: Double) { numbers.append(number.bitPattern.littleEndian) }
    if let bound = result.evidenceLowerBound { append(bound) }
    for parameter in result.parameters {
      append(parameter.estimate)
      append(parameter.standardError)
      append(parameter.intervalLower)
      append(parameter.intervalUpper)
      if let pValue = parameter.pValue { append(pValue) }
      if let truth = parameter.truth { append(truth) }
      if let probability = parameter.probabilityBelowTruth { append(probability) }
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
          pValue: parameter.hasPValue ? next() : nil, truth: parameter.hasTruth ? next() : nil,
          probabilityBelowTruth: parameter.hasProbability ? next() : nil)
      }
      return EstimationResult(
        parameters: estimates, evidenceLowerBound: bound, iterations: iterations, reason: reason,
        converged: converged)
    }
  }
}
