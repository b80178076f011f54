/// The Gaussian q(b, u | s) that maximizes the bound F(s) on log p(y | s) at one value of the log
/// SDs.
struct HeldOptimum {
  /// F(s)
  let bound: Double
  /// d F / d s_k = w_k T_k - N_k.
  let gradient: [Double]
  /// An estimate of d^2 F / d s_k^2 with the rates held.
  let curvature: [Double]
  /// p
  var fixedMean: [Double]
  /// p x p, row-major.
  var fixedCovariance: [Double]
  /// G q, group-major.
  let randomMean: [Double]
  /// G q, group-major.
  var randomVariance: [Double]
  let iterations: Int
  /// The length of the shortest step, in posterior SDs: about how far from the optimum the fit may
  /// be.
  let lastStep: Double
}
