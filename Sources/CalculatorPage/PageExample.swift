import PlatformEssentials

/// Data with a model, to try the page with.
struct PageExample: Encodable {
  let id: String
  let title: String
  /// What the data are and where they come from.
  let source: String
  /// The name of the file.
  let name: String
  let text: String
  let formula: String
  var alpha = 0.05

  /// The four examples of the documentation of GLMM_POISSON, and two data sets from the literature.
  static let all = documented + published

  private static let documented = [
    PageExample(
      id: "example-1", title: "Example 1: random intercept",
      source: "Made up, from the documentation of GLMM_POISSON: 2 groups of 3 counts.",
      name: "example-1.csv", text: "y,x,groups\n2,1,1\n3,2,1\n5,3,1\n1,1,2\n2,2,2\n4,3,2\n",
      formula: "y ~ x + (1 | groups)"),
    PageExample(
      id: "example-2", title: "Example 2: random slopes",
      source: "Made up, from the documentation of GLMM_POISSON: the effect of x may differ "
        + "between groups.",
      name: "example-2.csv", text: "y,x,groups\n5,1,1\n7,2,1\n10,3,1\n3,1,2\n5,2,2\n8,3,2\n",
      formula: "y ~ x + (1 + x || groups)"),
    PageExample(
      id: "example-3", title: "Example 3: 90 % intervals",
      source: "Made up, from the documentation of GLMM_POISSON: intervals hold 90 %.",
      name: "example-3.csv",
      text: "y,x,groups\n10,1,1\n12,1.5,1\n15,2,1\n8,1,2\n10,1.5,2\n13,2,2\n",
      formula: "y ~ x + (1 | groups)", alpha: 0.1),
    PageExample(
      id: "example-4", title: "Example 4: no fixed intercept",
      source: "Made up, from the documentation of GLMM_POISSON: the fixed effects have no "
        + "intercept.",
      name: "example-4.csv", text: "y,x,groups\n3,1,1\n6,2,1\n9,3,1\n2,1,2\n4,2,2\n6,3,2\n",
      formula: "y ~ 0 + x + (1 | groups)"),
  ]

  private static let published = [
    PageExample(
      id: "epilepsy", title: "Epilepsy: seizures at clinic visits",
      source: "Seizures of 59 patients at 4 visits, under progabide (trt 1) or placebo: Thall & "
        + "Vail (1990), Biometrics 46, 657-671. lbase is the log of a quarter of the seizures "
        + "before, lage the log of the age, V4 marks the last visit.",
      name: "epilepsy.csv", text: text(PackageResources.epilepsy_csv),
      formula: "y ~ lbase * trt + lage + V4 + (1 | subject)"),
    PageExample(
      id: "ticks", title: "Ticks on grouse chicks",
      source: "Ticks on 403 red grouse chicks in 118 broods at 63 locations: Elston and others "
        + "(2001), Parasitology 122, 563-569; as in the R package lme4. height is the altitude in "
        + "hundreds of metres from its mean, index is the chick.",
      name: "ticks.csv", text: text(PackageResources.ticks_csv),
      formula: "ticks ~ factor(year) + height + (1 | brood) + (1 | index) + (1 | location)"),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
