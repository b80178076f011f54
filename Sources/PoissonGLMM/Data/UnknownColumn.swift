/// The message for a column that is not there: the nearest name by spelling, and the names there
/// are.
/// - Parameters:
///   - names: the names there are, or the first of them.
///   - total: how many there are.
///   - unnamed: how many columns have no name.
package func unknownColumn(
  _ name: String, among names: [String], total: Int? = nil, unnamed: Int = 0
) -> String {
  let hint = nearestName(to: name, among: names, most: names.count)
    .map { " (did you mean '\($0)'?)" }
  let message = "there is no column \(quoted(name))\(hint ?? "")"
  if names.isEmpty { return "\(message), and none of the \(unnamed) columns has a name" }
  let shown = names.prefix(20).map(shortened)
  return "\(message); the columns are \(listed(shown, of: total ?? names.count))"
    + (unnamed > 0 ? " and \(unnamed) without a name" : "")
}
