/// What is special about a calibration, whose replicates draw their parameters from the priors.
extension ScenarioParser {
  /// Refuses what a calibration cannot have, or has to have and has not.
  static func checkCalibration(_ map: YAMLMapping) throws(ScenarioError) {
    try map.refuse(
      ["precision"],
      because:
        "does not go with a calibration, whose tests are of a number of replicates given "
        + "beforehand."
    )
    guard let priors = map["priors"] else {
      throw map.value.error(
        "the key 'priors' is missing: a calibration draws its parameters from them.")
    }
    for key in ["fixed_effect_sd", "log_sd_sd"]
    where try priors.entries().allSatisfy({ $0.name != key }) {
      throw priors.error("the key '\(key)' is missing: a calibration draws its parameters from it.")
    }
    for entry in try map.required("data").entries() {
      switch entry.name {
      case "table":
        throw entry.key.error(
          "'table' does not go with a calibration, which draws data and their true parameters.")
      case "departures":
        throw entry.key.error(
          "'departures' does not go with a calibration, which asks whether the posterior is right "
            + "where the "
            + "data are those of the model.")
      default: break
      }
    }
  }

  /// `[Intercept, x1]`: names alone, for the values are drawn.
  static func drawnEffects(
    _ value: YAMLValue, covariates: [Covariate], middle: Double
  ) throws(ScenarioError) -> [DataGeneratingMechanism.Effect] {
    if case .mapping = value.node {
      throw value.error(
        "a calibration draws these from their prior; expected a list of names, found a mapping.")
    }
    return try terms(value, covariates: covariates.flatMap(\.columnNames)).map {
      DataGeneratingMechanism.Effect($0, middle)
    }
  }
}
