/// A function of the formula language: its arguments, and how it is written.
struct FunctionSignature: Sendable {
  let name: String
  /// The names of the arguments, in order; the first is the only one that must be there.
  let parameters: [String]
  /// Examples for messages.
  let usage: String

  /// Every function but `offset()`, by its name.
  static let byName: [String: FunctionSignature] = {
    let elementary = ElementaryFunction.allCases.filter { $0 != .log }.map {
      FunctionSignature(name: $0.rawValue, parameters: ["x"], usage: "'\($0)(x)'")
    }
    let others = [
      FunctionSignature(
        name: "log", parameters: ["x", "base"], usage: "'log(x)' or 'log(x, base = 2)'"),
      FunctionSignature(name: "I", parameters: ["x"], usage: "'I(x^2)' or 'I(x > 2)'"),
      FunctionSignature(name: "as.numeric", parameters: ["x"], usage: "'as.numeric(x > 2)'"),
      FunctionSignature(name: "as.integer", parameters: ["x"], usage: "'as.integer(x)'"),
      FunctionSignature(
        name: "ifelse", parameters: ["test", "yes", "no"], usage: "'ifelse(x > 2, x, 2)'"),
      FunctionSignature(name: "pmin", parameters: ["x", "y"], usage: "'pmin(x, 10)'"),
      FunctionSignature(name: "pmax", parameters: ["x", "y"], usage: "'pmax(x, 0)'"),
      FunctionSignature(
        name: "scale", parameters: ["x", "center", "scale"],
        usage: "'scale(x)', 'scale(x, scale = FALSE)' or 'scale(x, center = 10, scale = 5)'"),
      FunctionSignature(
        name: "factor", parameters: ["x", "levels"],
        usage: "'factor(f)' or 'factor(f, levels = c(\"a\", \"b\"))'"),
      FunctionSignature(name: "as.factor", parameters: ["x"], usage: "'as.factor(f)'"),
      FunctionSignature(
        name: "relevel", parameters: ["x", "ref"], usage: "'relevel(f, ref = \"a\")'"),
      FunctionSignature(
        name: "poly", parameters: ["x", "degree", "raw"],
        usage: "'poly(x, 2)' or 'poly(x, degree = 2, raw = TRUE)'"),
      FunctionSignature(
        name: "ns", parameters: ["x", "df", "knots", "intercept", "Boundary.knots"],
        usage: "'ns(x, df = 4)' or 'ns(x, knots = c(1, 2))'"),
      FunctionSignature(
        name: "bs", parameters: ["x", "df", "knots", "degree", "intercept", "Boundary.knots"],
        usage: "'bs(x, df = 5)', 'bs(x, df = 5, degree = 2)' or 'bs(x, knots = c(1, 2))'"),
    ]
    return Dictionary(uniqueKeysWithValues: (elementary + others).map { ($0.name, $0) })
  }()

  /// The names of all functions, sorted.
  static let names = (byName.keys + ["offset"]).sorted {
    ($0.lowercased(), $0) < ($1.lowercased(), $1)
  }

  /// The message for a function that there is not.
  static func unknown(_ name: String) -> String {
    let hint = nearestName(to: name, among: names).map { " (did you mean \($0)()?)" } ?? ""
    return "\(quoted(name)) is not a known function\(hint); there are "
      + names.map { "\($0)()" }.joined(separator: ", ")
      + ". What others compute has to be a column of the data."
  }
}
