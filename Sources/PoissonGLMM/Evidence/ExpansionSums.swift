/// Where the groups' shares of the derivatives of log p(y | b, s) in the fixed effects b add up,
/// and the directions in which third derivatives are wanted. All within memory that outlives it.
struct ExpansionSums {
  /// p
  let gradient: UnsafeMutablePointer<Double>
  /// Minus the Hessian, p x p: its lower triangle.
  let precision: UnsafeMutablePointer<Double>
  /// d^3 / dt^3 of log p(y | b + t d, s) for every direction.
  let third: UnsafeMutablePointer<Double>
  /// d: p numbers for each of `directionCount` directions, one after another.
  let directions: UnsafePointer<Double>
  /// p or 0.
  let directionCount: Int
}
