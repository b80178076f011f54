import PoissonGLMM

/// The members of a request, a JSON object, by their keys.
struct RequestMembers {
  private var reader: JSONReader
  private var members: [String: JSONReader.Member] = [:]

  /// - Parameter keys: those that a request may have.
  /// - Throws: `GLMMPoissonError` with line and column for what is not JSON, and for a key that is
  ///   unknown or there twice.
  init(json: [UInt8], keys: [String]) throws {
    reader = JSONReader(json)
    for member in try reader.members() {
      let key = JSONReader.quoted(member.key)
      guard keys.contains(member.key) else {
        throw reader.fault(
          "unknown key \(key); a request has \(keys.joined(separator: ", "))", at: member.offset)
      }
      if members.updateValue(member, forKey: member.key) != nil {
        throw reader.fault("the key \(key) appears a second time", at: member.offset)
      }
    }
  }

  /// A text; nil where it is left out.
  func text(_ key: String) throws -> String? {
    guard let member = members[key] else { return nil }
    guard case .text(let text) = member.value, !reader.isObject(member) else {
      throw RequestProblem(.malformed, "\(key) must be a text.")
    }
    return text
  }

  /// The options of a fit: the defaults where they are left out.
  mutating func options(_ key: String) throws -> FitSettings.Options {
    guard let member = members[key] else { return try FitSettings.options(json: []) }
    return try FitSettings.options(try object(member), reader)
  }

  /// Columns by their names; nil where they are left out.
  mutating func columns(_ key: String) throws -> DataTable? {
    guard let member = members[key] else { return nil }
    var table = DataTable()
    for column in try object(member) {
      guard case .list(let list) = column.value, let values = Self.column(list) else {
        throw RequestProblem(
          .malformed,
          "Column \(JSONReader.quoted(column.key)) of \(key) must be a list of numbers or a list "
            + "of texts, with null for what is missing.")
      }
      try table.add(column.key, values)
    }
    return table
  }

  private mutating func object(_ member: JSONReader.Member) throws -> [JSONReader.Member] {
    guard let members = try reader.members(of: member) else {
      throw RequestProblem(.malformed, "\(member.key) must be an object.")
    }
    return members
  }

  /// Nil for a mixture of numbers and texts, and for values of other kinds.
  private static func column(_ values: [SpreadsheetValue]) -> DataColumn? {
    var numbers: [Double] = []
    var codes: [Int32] = []
    var levels: [String] = []
    var known: [String: Int32] = [:]
    for value in values {
      switch value {
      case .number(let number): numbers.append(number)
      case .null:
        numbers.append(.nan)
        codes.append(-1)
        continue
      case .text(let text):
        let code = known[text] ?? Int32(levels.count)
        if code == levels.count {
          known[text] = code
          levels.append(text)
        }
        codes.append(code)
      case .bool, .list: return nil
      }
    }
    if codes.count == values.count, !levels.isEmpty { return .text(codes: codes, levels: levels) }
    return numbers.count == values.count ? .numeric(numbers) : nil
  }
}
