import { expect, test } from "vitest";
import { problemInVietnamese } from "../src/desk/problem_text";

test.each([
  ["${hh_sise} is not in the survey.", "${hh_sise} không có trong sheet survey."],
  ["Did you mean ${hh_size}?", "Có phải ý là ${hh_size}?"],
  ["=> is not understood (character 3).", "Không hiểu => (ký tự 3)."],
  ["yes stands twice in the list yn (row 2).", "yes có hai lần trong danh sách yn (dòng 2)."],
  ["43831 is not a date like 2026-11-22.", "43831 không phải ngày dạng 2026-11-22."],
  ["device-info() is a function of SurveyCTO and can't be used here.", "device-info() là hàm của SurveyCTO, ở đây không dùng được."],
  ["crops.csv is not attached. Did you mean crop.csv?", "Chưa kèm tệp crops.csv. Có phải ý là crop.csv?"],
  ["The workbook has a password. Remove it in the spreadsheet program and save again.", "Bảng tính có mật khẩu. Hãy bỏ mật khẩu rồi lưu lại."],
  ["if() takes 3 arguments, not 1.", "if() cần 3 đối số, không phải 1."],
  ["A sentence that nobody wrote.", "A sentence that nobody wrote."],
])("%s", (said, meant) => {
  expect(problemInVietnamese(said)).toBe(meant);
});
