extension FitOutput {
  /// An effect under its name, and the numbers that all effects have.
  struct EffectJSON: Encodable {
    /// What the name's key is: `parameter`, or `contrast`.
    let key: String
    let effect: FixedEffect

    func encode(to encoder: any Encoder) throws {
      try [key: effect.parameter].encode(to: encoder)
      try Numbers(effect).encode(to: encoder)
    }

    struct Numbers: Encodable {
      let mean, sd, z, p: JSONNumber
      let ciLower, ciUpper: JSONNumber
      let irr, irrLower, irrUpper: JSONNumber

      init(_ effect: FixedEffect) {
        mean = JSONNumber(value: effect.mean)
        sd = JSONNumber(value: effect.sd)
        z = JSONNumber(value: effect.z)
        p = JSONNumber(value: effect.p)
        ciLower = JSONNumber(value: effect.interval.lower)
        ciUpper = JSONNumber(value: effect.interval.upper)
        irr = JSONNumber(value: effect.irr)
        irrLower = JSONNumber(value: effect.irrInterval.lower)
        irrUpper = JSONNumber(value: effect.irrInterval.upper)
      }
    }
  }

  struct MarginalMeanJSON: Encodable {
    let factor, level: String
    let mean, sd, ciLower, ciUpper: JSONNumber
    let count, countLower, countUpper: JSONNumber

    init(_ mean: MarginalMeans.Mean, factor: String) {
      self.factor = factor
      level = mean.level
      self.mean = JSONNumber(value: mean.mean)
      sd = JSONNumber(value: mean.sd)
      ciLower = JSONNumber(value: mean.interval.lower)
      ciUpper = JSONNumber(value: mean.interval.upper)
      count = JSONNumber(value: mean.count)
      countLower = JSONNumber(value: mean.countInterval.lower)
      countUpper = JSONNumber(value: mean.countInterval.upper)
    }
  }

  struct PairJSON: Encodable {
    let factor: String
    let pair: Pairs.Difference

    func encode(to encoder: any Encoder) throws {
      try Own(self).encode(to: encoder)
      try EffectJSON.Numbers(pair.own).encode(to: encoder)
    }

    /// `levels` are the one that is compared and the one that it is compared with.
    private struct Own: Encodable {
      let factor: String
      let levels: [String]
      /// Those that allow for all differences of the factor.
      let simultaneousP, simultaneousLower, simultaneousUpper: JSONNumber

      init(_ json: PairJSON) {
        factor = json.factor
        levels = [json.pair.levels.second, json.pair.levels.first]
        simultaneousP = JSONNumber(value: json.pair.p)
        simultaneousLower = JSONNumber(value: json.pair.interval.lower)
        simultaneousUpper = JSONNumber(value: json.pair.interval.upper)
      }
    }
  }
}
