extension EffectLayout {
  /// With up to so many rows all of them are coupled by linear response; with more, those that
  /// share a level of the first factor eliminated.
  private static let fewRows = 300

  /// Linear response for designs of this layout.
  func linearResponse() -> any LinearResponseCovariance {
    rowCount <= Self.fewRows ? FullLinearResponse(self) : LevelLinearResponse(self)
  }
}
