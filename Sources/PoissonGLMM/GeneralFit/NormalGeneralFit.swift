/// A fit that is one Gaussian, with independent normals N(m_a, r_a) for the hyperparameters.
protocol NormalGeneralFit {
  var phiMean: [Double] { get }
  var phiVariance: [Double] { get }
  var fixedMean: [Double] { get }
  var fixedCovariance: Matrix { get }
  var randomMean: [Double] { get }
  var randomVariance: [Double] { get }
  /// w, the weights of the rows in S^-1 = A' diag(w) A + Lambda, in the layout's order of rows;
  /// none where nothing can be predicted from them.
  var rowWeights: [Double] { get }
}
