/** Two small forms as the compiler writes them: a register, and an interview about its records. */
import type { Form } from "../src/core/form";
import type { Published } from "../src/phone/catalogue";

export const REGISTER: Form = {
  id: "register",
  version: "1",
  title: "Sổ hộ",
  languages: ["vi"],
  nodes: [
    { k: "text", name: "code", path: "code", meaning: "household_code" },
    { k: "text", name: "head", path: "head", meaning: "person_name" },
  ],
  instance_name: ["concat", ["r", 1], " · ", ["r", 0]],
  one_per: ["code"],
};

export const INTERVIEW: Form = {
  id: "living",
  version: "1",
  title: "Phỏng vấn",
  languages: ["vi"],
  nodes: [
    { k: "select_one", name: "outcome", path: "outcome", meaning: "outcome", list: "outcome" },
    { k: "date", name: "next_visit", path: "next_visit", meaning: "next_visit", relevant: ["!=", ["r", 0], "met"] },
    { k: "select_one", name: "consent", path: "consent", meaning: "consent", list: "yn", relevant: ["=", ["r", 0], "met"] },
    { k: "group", name: "main", path: "main", relevant: ["=", ["r", 2], "yes"] },
    { k: "number", name: "income", path: "income", parent: 3 },
    { k: "select_one", name: "land", path: "land", list: "yn", parent: 3 },
    { k: "number", name: "land_area", path: "land_area", parent: 3, relevant: ["=", ["r", 5], "yes"] },
    { k: "repeat", name: "member", path: "member", parent: 3, carry: ["=", ["r", 9], "yes"] },
    { k: "text", name: "m_name", path: "member/m_name", parent: 7, repeat: 7, carry: true },
    { k: "select_one", name: "m_here", path: "member/m_here", parent: 7, repeat: 7, list: "yn" },
  ],
  lists: {
    yn: [{ name: "yes", label: { vi: "Có" } }, { name: "no", label: { vi: "Không" } }],
    outcome: [{ name: "met", label: { vi: "Gặp" } }, { name: "absent", label: { vi: "Vắng" } }],
  },
  order: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  subject_form: "register",
  one_per: ["subject", "round"],
};

const entry = (form: Form, rounds: string[]): Published["entries"][number] => ({ id: form.id, version: form.version, title: form.title, hash: form.id, url: `/api/forms/${form.id}`, rounds });
const round = (id: string, open: boolean): Published["rounds"][number] => ({ id, title: `Năm ${id}`, kind: "annual", year: Number(id), starts: `${id}-09-01`, ends: `${id}-12-31`, open, forms: ["living"] });

export const PUBLISHED: Published = {
  entries: [entry(REGISTER, []), entry(INTERVIEW, ["2026"])],
  areas: [{ code: "A", parent: "", name: "Thôn A", kind: "hamlet", setting: "rural" }],
  rounds: [round("2025", false), round("2026", true)],
};
