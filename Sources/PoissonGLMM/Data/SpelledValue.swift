/// What people and programs write in place of numbers.
enum SpelledValue {
  /// Whether `word` is what programs write for a missing value.
  static func isMissing(_ word: String) -> Bool {
    ["nan", "na", "null", "none", "n/a", "#n/a", ".", "-", "?"].contains(word.lowercased())
  }

  static func isInfinite(_ word: String) -> Bool {
    ["inf", "infinity"].contains(word.lowercased().drop { "+-".contains($0) })
  }

  /// Whether `word` is a number with decimals behind `mark`.
  static func isNumber(_ word: String, with mark: DecimalMark) -> Bool {
    guard word.contains(mark.rawValue), word.first != mark.rawValue else { return false }
    return Array(word.utf8).withUnsafeBufferPointer {
      DecimalNumber.parse($0, decimalMark: mark.byte).isFinite
    }
  }

  /// Whether `word` is a number with `mark` between thousands, as `1,234` and `1,234,567.8` have
  /// commas; the first of these may have decimals instead.
  static func hasThousands(_ word: String, between mark: DecimalMark) -> Bool {
    let bare = word.drop { "+-".contains($0) }
    let halves = bare.split(
      separator: mark.other.rawValue, maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: mark.rawValue, omittingEmptySubsequences: false)
    return (parts + halves.dropFirst()).allSatisfy { $0.allSatisfy { ("0"..."9").contains($0) } }
      && parts.count > 1 && (1...3).contains(parts[0].count) && parts[0].first != "0"
      && parts.dropFirst().allSatisfy { $0.count == 3 }
  }
}

extension DecimalMark {
  var other: DecimalMark { self == .point ? .comma : .point }

  /// What it is called in messages.
  var name: String { self == .point ? "point" : "comma" }
}
