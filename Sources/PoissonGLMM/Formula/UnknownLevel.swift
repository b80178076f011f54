/// The message for a level that a factor does not have.
func unknownLevel(_ level: String, of name: String, levels: [String]) -> String {
  let hint = nearestName(to: level, among: levels).map { " (did you mean \(quoted($0))?)" }
  return "'\(name)' has no level \(quoted(level))\(hint ?? ""); its levels are "
    + listed(levels.map(quoted)) + "."
}
