/// The message for a column that is not there: the nearest name by spelling, and the names there
/// are.
func unknownColumn(_ name: String, among names: [String]) -> String {
  // Letter case does not count, nor what is beyond the first 100 letters.
  func key(_ name: String) -> String {
    String(String.UnicodeScalarView(name.lowercased().unicodeScalars.prefix(100)))
  }
  let nearest = names.map { ($0, EditDistance.between(key(name), key($0))) }.min { $0.1 < $1.1 }
  let hint = nearest.flatMap { candidate, distance in
    // Half of the letters wrong may still be a misspelling; more is another word.
    distance * 2 <= max(name.count, candidate.count) ? " (did you mean '\(candidate)'?)" : nil
  }
  let shown = names.prefix(20).map { quoted($0).dropFirst().dropLast() }.joined(separator: ", ")
  let rest = names.count > 20 ? " and \(names.count - 20) more" : ""
  return "there is no column \(quoted(name))\(hint ?? ""); the columns are \(shown)\(rest)"
}
