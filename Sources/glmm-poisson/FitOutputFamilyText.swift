import Foundation
import PoissonGLMM

extension FitOutput {
  /// The table of the parameters of the family of counts; none for Poisson.
  var familySections: [FitOutputSection] {
    guard !familyRows.isEmpty else { return [] }
    return [
      FitOutputSection(
        title: "Counts, \(family.phrase)",
        table: FitOutputTable(
          header: ["", "estimate"] + bounds + ["mean", "SD"],
          rows: familyRows.map { row in
            [row.parameter]
              + [row.median, row.interval.lower, row.interval.upper, row.mean, row.sd].map {
                NumberText.significant($0)
              }
          }),
        notes: familyNotes)
    ]
  }

  /// `, logit zero share N(0, 1.5^2)`
  var familyPriors: String {
    (family.hasSize
      ? String(format: ", log overdispersion SD N(0, %g^2)", priors.logSDSD) : "")
      + (family.hasZeroShare
        ? String(format: ", logit zero share N(0, %g^2)", FamilyParameter.logitZeroShareSD) : "")
  }
}
