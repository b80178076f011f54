/// The name nearest to `name` by spelling, whatever the letter case; nil if none is near.
func nearestName(to name: String, among names: [String]) -> String? {
  // What is beyond the first 100 letters does not count, and names without end cost no time.
  func key(_ name: String) -> String {
    String(String.UnicodeScalarView(name.lowercased().unicodeScalars.prefix(100)))
  }
  let wanted = key(name)
  let nearest = names.prefix(1000).map { ($0, EditDistance.between(wanted, key($0))) }
    .min { $0.1 < $1.1 }
  // Half of the letters wrong may still be a misspelling; more is another word.
  guard let (candidate, distance) = nearest, distance * 2 <= max(name.count, candidate.count)
  else { return nil }
  return candidate
}

/// The message for a level that a factor does not have.
func unknownLevel(_ level: String, of name: String, levels: [String]) -> String {
  let hint = nearestName(to: level, among: levels).map { " (did you mean \(quoted($0))?)" }
  let shown = levels.prefix(20).map { quoted($0) }.joined(separator: ", ")
  return "'\(name)' has no level \(quoted(level))\(hint ?? ""); its levels are \(shown)"
    + (levels.count > 20 ? " and \(levels.count - 20) more." : ".")
}
