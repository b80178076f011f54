/// A way that an integral over the hyperparameters can go: a rule, or what takes its place where it
/// does not do. A comparison of two versions guards only those that its scenarios enter, which is
/// why a fit says which it went.
package enum IntegrationBranch: String, Sendable, Hashable, CaseIterable {
  // One grouping factor with independent terms.

  /// Polynomials through few fits.
  case polynomials
  /// Polynomials, with moments from straight lines.
  case straightMoments
  /// A fit at every point of a lattice.
  case fittedLattice
  /// A lattice that goes on to a second mode.
  case distantMode
  /// A composite design, for more than three terms.
  case compositeDesign
  /// No count is above zero: the bound takes the place of the evidence.
  case noEvents
  /// The evidence has no estimate at some points.
  case missingEvidence
  /// Linear response has no solution at some points.
  case missingResponse
  /// Means of the fixed effects move by the step that is known at each fit.
  case meanSteps
  /// Means move by the steps and by an average over points.
  case averagedMeanSteps

  // Any design.

  /// A lattice along a line.
  case generalLine
  /// A cubic lattice, of two hyperparameters.
  case generalSquares
  /// A body-centred lattice, of three and more.
  case generalBodyCentred
  /// A composite design, for more than a lattice can have.
  case generalComposite
  /// Polynomials take the place of fits at the nodes.
  case generalPolynomials
  /// Polynomials take the place of corrections at the nodes.
  case generalCorrectionPolynomials
  /// Every node is fitted and corrected for itself.
  case generalNodes
  /// Means of the fixed effects move by a surface.
  case generalMeanShifts
  /// The evidence has no estimate at some nodes.
  case generalMissingEvidence
  /// Linear response has no solution at some nodes.
  case generalMissingResponse
  /// A search from further starts found no second mode.
  case generalOtherStarts
  /// A second mode is not described.
  case generalSecondMode

  // A design that cannot be factored.

  /// The hyperparameters are normal around their mode.
  case iterativeNormal
  /// Those of factors with few levels are integrated over.
  case iterativeLattice

  /// Those that hold.
  static func set(_ holds: [IntegrationBranch: Bool]) -> Set<IntegrationBranch> {
    Set(holds.filter(\.value).keys)
  }
}
