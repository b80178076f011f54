import Foundation

/// What the numbers of a fit mean. Fits of one method on one scenario share their layout, as a
/// rule.
///
/// The numbers are: the evidence bound, if there is one; then for each parameter the estimate and,
/// as far as it has them, its standard error, the lower and the upper end of its interval, its p
/// value, its true value in this replicate and the posterior probability up to there; and what is
/// said of the whole fit besides.
struct FitLayout: Hashable, Codable, Sendable {
  struct Parameter: Hashable, Codable, Sendable {
    let name: String
    let hasStandardError: Bool
    let hasInterval: Bool
    let hasPValue: Bool
    let hasTruth: Bool
    let hasProbability: Bool

    private enum CodingKeys: String, CodingKey {
      case name
      case hasStandardError = "standard_error"
      case hasInterval = "interval"
      case hasPValue = "p_value"
      case hasTruth = "truth"
      case hasProbability = "probability"
    }

    init(_ estimate: ParameterEstimate) {
      name = estimate.parameter
      hasStandardError = estimate.standardError != nil
      hasInterval = estimate.intervalLower != nil && estimate.intervalUpper != nil
      hasPValue = estimate.pValue != nil
      hasTruth = estimate.truth != nil
      hasProbability = estimate.probabilityBelowTruth != nil
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      hasStandardError = try values.decodeIfPresent(Bool.self, forKey: .hasStandardError) ?? true
      hasInterval = try values.decodeIfPresent(Bool.self, forKey: .hasInterval) ?? true
      hasPValue = try values.decode(Bool.self, forKey: .hasPValue)
      hasTruth = try values.decodeIfPresent(Bool.self, forKey: .hasTruth) ?? false
      hasProbability = try values.decodeIfPresent(Bool.self, forKey: .hasProbability) ?? false
    }

    /// Standard errors and intervals are the rule, truths and probabilities the exception: only
    /// what departs from that is written.
    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(name, forKey: .name)
      if !hasStandardError { try values.encode(false, forKey: .hasStandardError) }
      if !hasInterval { try values.encode(false, forKey: .hasInterval) }
      try values.encode(hasPValue, forKey: .hasPValue)
      if hasTruth { try values.encode(true, forKey: .hasTruth) }
      if hasProbability { try values.encode(true, forKey: .hasProbability) }
    }

    /// The number of doubles.
    var count: Int {
      [hasStandardError, hasPValue, hasTruth, hasProbability].reduce(hasInterval ? 3 : 1) {
        $0 + ($1 ? 1 : 0)
      }
    }
  }

  let hasBound: Bool
  let parameters: [Parameter]
  let quantities: [FitQuantity]

  private enum CodingKeys: String, CodingKey {
    case hasBound = "bound"
    case parameters
    case quantities
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    hasBound = try values.decode(Bool.self, forKey: .hasBound)
    parameters = try values.decode([Parameter].self, forKey: .parameters)
    quantities = try values.decodeIfPresent([FitQuantity].self, forKey: .quantities) ?? []
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(hasBound, forKey: .hasBound)
    try values.encode(parameters, forKey: .parameters)
    if !quantities.isEmpty { try values.encode(quantities, forKey: .quantities) }
  }

  init(_ result: EstimationResult) {
    hasBound = result.evidenceLowerBound != nil
    parameters = result.parameters.map { Parameter($0) }
    quantities = result.quantities
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
    parameters.reduce((hasBound ? 1 : 0) + quantities.count) { $0 + $1.count }
  }

  /// The numbers of a result of this layout as little-endian bytes.
  static func encode(_ result: EstimationResult) -> Data {
    var numbers: [UInt64] = []
    numbers.reserveCapacity(1 + 7 * result.parameters.count + result.quantities.count)
    func append(_ number: Double) { numbers.append(number.bitPattern.littleEndian) }
    if let bound = result.evidenceLowerBound { append(bound) }
    for parameter in result.parameters {
      append(parameter.estimate)
      if let standardError = parameter.standardError { append(standardError) }
      if let lower = parameter.intervalLower, let upper = parameter.intervalUpper {
        append(lower)
        append(upper)
      }
      if let pValue = parameter.pValue { append(pValue) }
      if let truth = parameter.truth { append(truth) }
      if let probability = parameter.probabilityBelowTruth { append(probability) }
    }
    for value in result.quantityValues { append(value) }
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
          parameter: parameter.name, estimate: next(),
          standardError: parameter.hasStandardError ? next() : nil,
          intervalLower: parameter.hasInterval ? next() : nil,
          intervalUpper: parameter.hasInterval ? next() : nil,
          pValue: parameter.hasPValue ? next() : nil, truth: parameter.hasTruth ? next() : nil,
          probabilityBelowTruth: parameter.hasProbability ? next() : nil)
      }
      return EstimationResult(
        parameters: estimates, evidenceLowerBound: bound, iterations: iterations, reason: reason,
        converged: converged, quantities: quantities.map { ($0, next()) })
    }
  }
}
