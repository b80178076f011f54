/// The message for a column that is not there: the nearest name by spelling, and the names there
/// are.
/// - Parameters:
///   - names: the names there are, or the first of them.
///   - total: how many there are.
///   - unnamed: how many columns have no name.
func unknownColumn(
  _ name: String, among names: [String], total: Int? = nil, unnamed: Int = 0
) -> String {
  // Letter case does not count, nor what is beyond the first 100 letters.
  func key(_ name: String) -> String {
    String(String.UnicodeScalarView(name.lowercased().unicodeScalars.prefix(100)))
  }
  let nearest = names.map { ($0, EditDistance.between(key(name), key($0))) }.min { $0.1 < $1.1 }
  let hint = nearest.flatMap { candidate, distance in
    // Half of the letters wrong may still be a misspelling; more is another word.
    distance * 2 <= max(name.count, candidate.count) ? " (did you mean '\(candidate)'?)" : nil
  }
  let message = "there is no column \(quoted(name))\(hint ?? "")"
  if names.isEmpty { return "\(message), and none of the \(unnamed) columns has a name" }
  let shown = names.prefix(20).map { quoted($0).dropFirst().dropLast() }.joined(separator: ", ")
  let more = (total ?? names.count) - min(names.count, 20)
  return "\(message); the columns are \(shown)" + (more > 0 ? " and \(more) more" : "")
    + (unnamed > 0 ? " and \(unnamed) without a name" : "")
}

/// How far apart two spellings are, for suggestions.
package enum EditDistance {
  /// The number of letters to insert, delete, replace or swap with a neighbour (optimal string
  /// alignment). Time grows with the product of the lengths.
  package static func between(_ first: String, _ second: String) -> Int {
    let a = Array(first.unicodeScalars)
    let b = Array(second.unicodeScalars)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in 1...a.count {
      current[0] = i
      for j in 1...b.count {
        let substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          current[j] = min(current[j], beforePrevious[j - 2] + 1)
        }
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
  }
}
