/// The Gaussian q(theta | phi) that maximizes the bound at given hyperparameters.
struct ConditionalGaussian: Sendable {
  let phi: [Double]
  /// F(phi).
  let bound: Double
  /// E b, Cov(b), E u and Var(u), u in the order of results.
  var fixedMean: [Double]
  var fixedCovariance: Matrix
  let randomMean: [Double]
  var randomVariance: [Double]
  /// w, the weights of the rows in S^-1 = A' diag(w) A + Lambda, in the layout's order of rows.
  let rowWeights: [Double]
  /// The largest variance of a row's linear predictor.
  let largestVariance: Double
  let iterations: Int
  /// The length of the shortest step, in posterior SDs: about the distance from the optimum.
  let lastStep: Double
}
