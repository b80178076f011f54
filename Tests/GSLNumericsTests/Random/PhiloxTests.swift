import Testing

@testable import GSLNumerics

/// Philox 4x64-10 against Random123's published known answers and against numpy across the carries.
struct PhiloxTests {
  private static let ones = UInt64.max

  private func numbers(
    _ count: Int, key: (UInt64, UInt64), counter: (UInt64, UInt64, UInt64, UInt64)
  ) throws -> [UInt64] {
    let stream = try RandomStream(
      generator: .philox4x64, address: StreamAddress(key: key, counter: counter))
    return (0..<count).map { _ in stream.next() }
  }

  /// The three lines `philox4x64 10` of `kat_vectors` in Random123 1.14 (D. E. Shaw Research).
  @Test func givesThePublishedKnownAnswers() throws {
    #expect(
      try numbers(4, key: (0, 0), counter: (0, 0, 0, 0)) == [
        0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b,
        0x7e68_b68a_ec7b_a23b,
      ])
    let ones = Self.ones
    #expect(
      try numbers(4, key: (ones, ones), counter: (ones, ones, ones, ones)) == [
        0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6,
        0xa09c_aebf_594f_0ba0,
      ])
    #expect(
      try numbers(
        4, key: (0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c),
        counter: (
          0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0,
          0x082e_fa98_ec4e_6c89
        )) == [
          0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5,
          0x57bd_43b5_e52b_7fe6,
        ])
  }

  /// Two blocks, the second after a carry over one, two, three and four words. Expected numbers are
  /// those of `numpy.random.Philox` (numpy 2.4.6), which steps its counter before each block.
  @Test func carriesOverEveryWordOfTheCounter() throws {
    let ones = Self.ones
    #expect(
      try numbers(8, key: (1, 2), counter: (ones, 0, 0, 0)) == [
        0xa2d5_904f_feaa_5c91, 0x4c4a_ae47_9c38_86ad, 0x2fc3_b814_dc73_8576,
        0xfed9_fa92_7810_2e83, 0x93ba_f02a_9b6e_1e64, 0xc291_f370_88c2_bdef,
        0xb136_3d2c_e37f_4eae, 0xf20b_54a1_cecf_0a14,
      ])
    #expect(
      try numbers(8, key: (1, 2), counter: (ones, ones, 5, 3)) == [
        0xf17e_616b_a801_4658, 0x2bf0_4e6a_3c0a_2b3e, 0x03a6_d56c_ad7e_5cc9,
        0x8a3a_36f2_0ac4_2f29, 0xaf47_f24f_a19d_3abd, 0x4a37_1e0e_8623_c966,
        0xa64f_9298_02a6_6ae3, 0x8edd_b1f0_4b78_18da,
      ])
    #expect(
      try numbers(8, key: (1, 2), counter: (ones, ones, ones, 3)) == [
        0x063b_0033_b0ca_4b07, 0xe709_5a7b_a25a_dabc, 0x1383_a13a_7611_c097,
        0x7dab_7f9c_88cc_a706, 0x6030_36df_1a75_5ff8, 0xc77b_07c6_19d4_fd96,
        0xed46_8017_c33a_45ec, 0x2063_206e_373c_0c44,
      ])
    #expect(
      try numbers(8, key: (1, 2), counter: (ones, ones, ones, ones)) == [
        0x973b_0a2a_bfdb_08de, 0x2fc8_183d_1c15_0852, 0x88f4_4b48_5084_f43b,
        0x336c_04f5_ed86_b05f, 0x46fd_f329_c224_985e, 0x49eb_d8a2_8e9e_c134,
        0x528e_3ef0_7e63_0d40, 0x69a5_7877_b5c5_20c8,
      ])
  }

  /// The block after the carry is the block that its own counter names.
  @Test func theBlockAfterACarryIsFoundByItsOwnCounter() throws {
    let before = try numbers(8, key: (1, 2), counter: (Self.ones, Self.ones, 5, 3))
    let after = try numbers(4, key: (1, 2), counter: (0, 0, 6, 3))
    #expect(Array(before[4...]) == after)
  }

  @Test func aDoubleIsTheUpper53Bits() throws {
    let address = StreamAddress(key: (1, 2), counter: (0, 0, 0, 0))
    let whole = try RandomStream(generator: .philox4x64, address: address)
    let double = try RandomStream(generator: .philox4x64, address: address)
    for _ in 0..<1000 {
      #expect(double.uniform() == Double(whole.next() >> 11) / 0x1p53)
    }
  }
}
