import GSLNumerics
import Testing

@Test func theLinkedLibraryNamesItsVersion() {
  #expect(GSL.version.hasPrefix("2."))
}
