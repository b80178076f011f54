extension FitSettings {
  /// What a JSON object of options says, as the C library and what stands on it are given them.
  package struct Options {
    package var settings = FitSettings()
    /// Whether the fit is kept, to predict and to tell the random effects.
    package var keeps = false
    /// What is to be predicted.
    package var scale = PredictionScale.count
    /// The groups to predict in.
    package var groups = PredictionGroups.own
  }

  private static let names = [
    "approximation", "family", "alpha", "fixed_prior_sd", "log_sd_prior_sd", "correlation_shape",
    "prior", "standardize", "threads", "references", "weights", "contrasts", "means", "pairs",
    "variances", "separator", "decimal", "encoding", "na", "keep", "scale", "groups",
  ]

  /// Reads options: a JSON object, or nothing for the defaults.
  /// - Throws: `Fault` or `GLMMPoissonError` with the first fault.
  package static func options(json: [UInt8]) throws -> Options {
    guard !json.isEmpty else { return Options() }
    var reader = JSONReader(json)
    return try options(reader.members(), reader)
  }

  /// Options from the members of an object.
  /// - Parameter reader: the one that has read them.
  /// - Throws: `Fault` or `GLMMPoissonError` with the first fault.
  package static func options(
    _ members: [JSONReader.Member], _ reader: JSONReader
  ) throws -> Options {
    var options = Options()
    var seen: Set<String> = []
    for member in members {
      let key = JSONReader.quoted(member.key)
      guard names.contains(member.key) else {
        throw reader.fault(
          "unknown key \(key); options are \(names.joined(separator: ", "))", at: member.offset)
      }
      guard seen.insert(member.key).inserted else {
        throw reader.fault("the key \(key) appears a second time", at: member.offset)
      }
      try options.set(member.key, OptionValue(member))
    }
    try options.settings.validate { $0 }
    return options
  }
}

extension FitSettings.Options {
  fileprivate mutating func set(_ name: String, _ value: OptionValue) throws(FitSettings.Fault) {
    switch name {
    case "approximation": settings.approximation = try value.choice(Approximation.allCases)
    case "family": settings.family = try value.choice(CountFamily.allCases)
    case "alpha": settings.alpha = try value.number()
    case "fixed_prior_sd": settings.priors.fixedEffectSD = try value.number()
    case "log_sd_prior_sd": settings.priors.logSDSD = try value.number()
    case "correlation_shape": settings.priors.correlationShape = try value.number()
    case "prior":
      let own = try OwnPriors(try value.texts(), spelled: name)
      settings.priors.coefficients = own.coefficients
      settings.priors.standardDeviations = own.standardDeviations
    case "standardize": settings.standardizes = try value.truth()
    case "threads": settings.threads = try value.wholeNumber()
    case "references":
      settings.references = try FitSettings.references(try value.texts(), spelled: name)
    case "weights": settings.weights = try value.text()
    case "contrasts": settings.contrasts = try value.texts()
    case "means": settings.means = try value.texts()
    case "pairs": settings.pairs = try value.texts()
    case "variances": settings.variances = try value.truth()
    case "separator":
      settings.dataFormat.separator = try value.named(CSVSeparator.names, CSVSeparator.init(named:))
    case "decimal":
      settings.dataFormat.decimalMark = try value.named(
        DecimalMark.allCases.map { String($0.rawValue) }, DecimalMark.init(named:))
    case "encoding": settings.dataFormat.encoding = try value.choice(TextEncoding.allCases)
    case "na": settings.dataFormat.missingTexts.formUnion(try value.texts())
    case "keep": keeps = try value.truth()
    case "groups": groups = try value.choice(PredictionGroups.allCases)
    default: scale = try value.choice(PredictionScale.allCases)
    }
  }
}

/// The value of an option, which has to be of the option's kind.
private struct OptionValue {
  private let name: String
  private let value: SpreadsheetValue

  init(_ member: JSONReader.Member) {
    name = member.key
    value = member.value
  }

  private func fault(_ expected: String) -> FitSettings.Fault {
    FitSettings.Fault(description: "\(name) must be \(expected).")
  }

  func number() throws(FitSettings.Fault) -> Double {
    guard case .number(let number) = value else { throw fault("a number") }
    return number
  }

  func wholeNumber() throws(FitSettings.Fault) -> Int {
    guard let number = Int(exactly: try number()) else { throw fault("a whole number") }
    return number
  }

  func truth() throws(FitSettings.Fault) -> Bool {
    guard case .bool(let truth) = value else { throw fault("true or false") }
    return truth
  }

  func text() throws(FitSettings.Fault) -> String {
    guard case .text(let text) = value else { throw fault("a text") }
    return text
  }

  /// A list of texts, or one alone.
  func texts() throws(FitSettings.Fault) -> [String] {
    guard case .list(let values) = value else { return [try text()] }
    var texts: [String] = []
    for value in values {
      guard case .text(let text) = value else { throw fault("a list of texts") }
      texts.append(text)
    }
    return texts
  }

  func named<Value>(
    _ names: [String], _ find: (String) -> Value?
  ) throws(FitSettings.Fault) -> Value {
    guard case .text(let text) = value, let found = find(text) else {
      throw fault("one of \(names.joined(separator: ", "))")
    }
    return found
  }

  func choice<Value: RawRepresentable<String>>(
    _ values: [Value]
  ) throws(FitSettings.Fault) -> Value {
    try named(values.map(\.rawValue), Value.init(rawValue:))
  }
}
