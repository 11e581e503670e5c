/** Words that the phone and the desk share. This file is the source of the keys. */
export const vi = {
  "status.new": "Chưa làm",
  "status.draft": "Đang làm",
  "status.returned": "Trả lại",
  "status.submitted": "Đã nộp",
  "status.approved": "Đã duyệt",
  "status.held": "Tạm giữ",
  "status.waiting": "Chờ gửi",
  "money.dong": "{amount} đồng",
  "money.thousand": "{amount} nghìn",
  "money.million": "{amount} triệu",
  "money.billion": "{amount} tỷ",
} as const;
