import Foundation

/// A line of a program, decoded.
protocol ProgramLine: Decodable {
  /// What stands in a place, in words: `a whole number`.
  /// - Parameter path: keys from the outermost object on.
  static func expected(at path: JSONInspection.Path) -> String
}

extension ProgramLine {
  /// - Throws: `ProgramError` that says what is wrong with the line, where, and what was expected.
  static func decode(_ line: Data) throws(ProgramError) -> Self {
    let decoded: Self
    do {
      decoded = try JSONDecoder().decode(Self.self, from: line)
    } catch {
      throw .broken("the program's answer " + defect(error, in: line) + ".")
    }
    // The decoder takes the first of two values, and nobody knows which one was meant.
    if let path = JSONInspection(line).repeatedKey {
      throw .broken("the program's answer has the key \(place(path)) twice.")
    }
    return decoded
  }

  private static func place(_ path: JSONInspection.Path) -> String {
    "'" + ProgramError.oneLine(path.joined(separator: ".")) + "'"
  }

  private static func defect(_ error: any Error, in line: Data) -> String {
    let text = JSONInspection.quote(line)
    guard !text.isEmpty else { return "is an empty line" }
    guard text.hasPrefix("{") else { return "is '\(text)', where a JSON object is expected" }
    func instead(_ found: String, _ path: JSONInspection.Path) -> String {
      "has \(found) at \(place(path)), where \(expected(at: path)) is expected"
    }
    let inspection = JSONInspection(line)
    switch inspection.defect {
    case .value(let path, let found)?:
      return instead(found.isEmpty ? "nothing" : found, path)
    case .structure(let path, let rest)?:
      let found = rest.isEmpty ? "the end of the line" : "'\(rest)'"
      return "is no JSON: after \(path.isEmpty ? "the brace" : place(path)) comes \(found)"
    case nil: break
    }
    func path(_ keys: [any CodingKey]) -> JSONInspection.Path { keys.map(\.stringValue) }
    switch error {
    case let error as AnyKey.Unknown:
      return "has the unknown key \(place(path(error.path))); known are "
        + error.known.joined(separator: ", ")
    case DecodingError.keyNotFound(let key, let context):
      return "lacks \(place(path(context.codingPath + [key])))"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      let path = path(context.codingPath)
      if !path.isEmpty, let found = inspection.value(at: path) { return instead(found, path) }
    default: break
    }
    return "is no JSON object that can be read: '\(text)'"
  }
}

/// A line that answers a request, or says why there is no answer.
protocol ProgramAnswer: ProgramLine {
  /// That of the line it answers.
  var request: Int { get }
  /// Why there is no answer; nil if there is one.
  var error: String? { get }
  /// What there is none of, without a word of its own: `result`.
  static var subject: String { get }
}

extension ProgramAnswer {
  /// The answer to a request.
  /// - Throws: `ProgramError` for a line that is none, the answer to another request, and a
  ///   refusal.
  static func decode(_ line: Data, request number: Int) throws(ProgramError) -> Self {
    let answer = try decode(line)
    guard answer.request == number else {
      throw ProgramError(
        (1..<number).contains(answer.request) ? .belated : .broken,
        "the program answered request \(answer.request) and not \(number).")
    }
    if let error = answer.error {
      let text = ProgramError.oneLine(error)
      throw ProgramError(.refused, text.isEmpty ? "the program has no \(subject)." : text)
    }
    return answer
  }
}

extension KeyedDecodingContainer {
  /// A decoder does not say where a number stood that is not whole.
  func wholeNumber(_ key: Key) throws -> Int {
    let number = try decode(Double.self, forKey: key)
    guard let whole = Int(exactly: number) else {
      throw DecodingError.typeMismatch(
        Int.self,
        .init(codingPath: codingPath + [key], debugDescription: "\(number) is no whole number"))
    }
    return whole
  }

  /// nil if it is absent or `null`.
  func wholeNumberIfPresent(_ key: Key) throws -> Int? {
    guard contains(key), try !decodeNil(forKey: key) else { return nil }
    return try wholeNumber(key)
  }
}

/// Keys that are not known beforehand: a misspelt one would otherwise be ignored in silence.
struct AnyKey: CodingKey {
  struct Unknown: Error {
    let path: [any CodingKey]
    /// The keys that there might have been.
    let known: [String]
  }

  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }

  static func refuseOthers<Key: CodingKey & CaseIterable>(
    than known: Key.Type, _ decoder: any Decoder
  ) throws {
    let names = Key.allCases.map(\.stringValue)
    let keys = try decoder.container(keyedBy: AnyKey.self).allKeys
    if let unknown = keys.map(\.stringValue).sorted().first(where: { !names.contains($0) }) {
      throw Unknown(path: decoder.codingPath + [AnyKey(stringValue: unknown)], known: names)
    }
  }
}
