"""Questionnaires of the kind that people write: each workbook in its author's way, as cells between bars.

A cell of digits is a number, `=…` a formula with the value that the program kept for it.
"""

from __future__ import annotations

import io

import xlsxwriter

from tests.written_more import MORE

SHEETS = {"survey", "choices", "settings", "external_choices"}


def cells(text: str) -> list[list[str]]:
    """The lines of a sheet; a line of bars only is an empty row."""
    return [[cell.strip(" ") for cell in line.split("|")] for line in text.strip("\n").split("\n")]


def book(sheets: dict[str, str]) -> bytes:
    """The bytes of an .xlsx. A sheet whose name ends in `*` is hidden."""
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, text in sheets.items():
        sheet = made.add_worksheet(name.rstrip("*"))
        if name.endswith("*"):
            sheet.hide()
        for row, line in enumerate(cells(text)):
            for column, cell in enumerate(line):
                if cell.startswith("="):
                    formula, _, kept = cell.partition(" -> ")
                    sheet.write_formula(row, column, formula, value=kept)
                elif cell.isdigit():
                    sheet.write_number(row, column, int(cell))
                elif cell in ("TRUE", "FALSE"):
                    sheet.write_boolean(row, column, cell == "TRUE")
                elif cell:
                    sheet.write_string(row, column, cell.replace("~", "\u00a0"))
    made.close()
    return buffer.getvalue()


FORMS: dict[str, dict[str, str]] = {
    "roster_of_plots": {
        "survey": """
type | name | label | repeat_count | calculation | constraint | relevant | required
integer | hh_size | How many people live here? | | | . > 0 and . <= 25 | | yes
begin_repeat | member | Person | ${hh_size} | | | |
calculate | nr | | | position(..) | | |
text | m_name | Name of person ${nr} | | | | | yes
integer | m_age | How old is ${m_name}? | | | . >= 0 and . < 120 | | yes
integer | m_plots | How many plots does ${m_name} work? | | | . <= 5 | ${m_age} >= 15 | yes
begin_repeat | plot | Plot of ${m_name} | ${m_plots} | | | |
decimal | area | Area of plot ${plot_nr} (ha) | | | . > 0 | | yes
calculate | plot_nr | | | position(..) | | |
end_repeat | | | | | | |
calculate | m_area | | | sum(${area}) | | |
end_repeat | | | | | | |
calculate | total | | | round(sum(${area}), 2) | | |
note | shown | Together ${total} ha on ${plots} plots | | | | |
calculate | plots | | | count(${plot}) | | |
""",
    },
    "cascade_external": {
        "survey": """
type|name|label|choice_filter|required
select_one region|region|Region||yes
select_one_external district|district|District|region=${region}|yes
select_one_external village|village|Village|region=${region} and district=${district}|yes
select_one yn|sure|Sure about ${region}?||yes
""",
        "choices": """
list name|name|label
region|1|North
region|2|South
yn|1|Yes
yn|0|No
""",
        "external_choices": """
list_name|name|label|region|district
district|11|North east|1|
district|12|North west|1|
district|21|Deep south|2|
village|111|Upper|1|11
village|112|Lower|1|11
village|211|End|2|21
""",
    },
    "cascade_three_levels": {
        "survey": """
type|name|label::English (en)|label::Tiếng Việt (vi)|choice_filter|appearance
select_one province|province|Province|Tỉnh||minimal
select_one district|district|District|Huyện|province = ${province}|minimal
select_one commune|commune|Commune|Xã|province = ${province} and district = ${district} or name = 'other'|minimal
text|commune_other|Which one?|Xã nào?||
""",
        "choices": """
list_name|name|label::English (en)|label::Tiếng Việt (vi)|province|district
province|ld|Lam Dong|Lâm Đồng||
province|dn|Dong Nai|Đồng Nai||
district|dl|Da Lat|Đà Lạt|ld|
district|ld2|Lac Duong|Lạc Dương|ld|
commune|dasar|Da Sar|Đạ Sar|ld|ld2
commune|other|Another|Khác||
""",
    },
    "other_in_repeats": {
        "survey": """
type|name|label|repeat_count|relevant|calculation
select_multiple crop or_other|crops|Which crops?||||
begin repeat|sale|Sale|count-selected(${crops})||
calculate|code||||selected-at(${crops}, position(..) - 1)
select_one buyer or_other|buyer|Who bought ${code}?||||
select_one buyer or_specify_other|buyer2|And who else?||||
integer|price|At what price?||${buyer} != 'nobody'|
end repeat|||||
""",
        "choices": """
list_name|name|label
crop|rice|Rice
crop|maize|Maize
buyer|trader|A trader
buyer|nobody|Nobody
""",
    },
    "kobo_export": {
        "survey": """
type|$kuid|name|label::English (en)|label::Français (fr)|hint::English (en)|required|relevant|bind::jr:constraintMsg|constraint|media::image::English (en)|appearance|kobo--score-choices|$autoname
start|a1|start||||||||||
end|a2|end||||||||||
begin_group|a3|group_gt2sf06|Household|Ménage||||||||field-list||
text|a4|_1_Name|1. Name|1. Nom|As on the card|true||||plan.png|||
integer|a5|_2_Age|2. Age|2. Age||true||Between 0 and 120|. >= 0 and . <= 120|||||
select_one yn|a6|_3_Ok|3. Agreed?|3. D'accord ?||false|${_2_Age} >= 18|||||||
end_group|a7||||||||||||
acknowledge|a8|seen|I have seen it|Je l'ai vu||||||||||
""",
        "choices": """
list_name|name|label::English (en)|label::Français (fr)|$autovalue
yn|yes|Yes|Oui|yes
yn|no|No|Non|no
""",
        "settings": """
style|version
pages|3 (2024-05-01 10:22:33)
""",
    },
    "surveycto_style": {
        "survey": """
type|name|label|hint|default|appearance|constraint|constraint message|relevance|disabled|required|required message|read only|calculation|repeat_count|media:image|media:audio|choice_filter|note|response_note|publishable|minimum_seconds
start|starttime||||||||||||||||||||
deviceid|deviceid||||||||||||||||||||
calculate|caller||||||||||||once(uuid())||||||||
begin group|consented|Consent|||||||||||||||||||
select_one yesno|agree|Do you agree?||||||||yes|Please ask|||||||||
text|reason|Why not?|||||| ${agree} = 0||||||||||||
integer|old|Old question||||||||yes|||||||||||
end group|consented||||||||||||||||||||
text|idcard|Number of the card|||numbers|regex(., '^[0-9]{9}$')|Nine digits|${agree} = 1||yes|||||||||||
""",
        "choices": """
list_name|value|label|image|filter
yesno|1|Yes||
yesno|0|No||
""",
        "settings": """
form_title|form_id|version|public_key|submission_url|default_language
Consent|consent_v1|2407081200|||english
""",
    },
    "headers_of_all_kinds": {
        "Survey": """
Type|Name|Label::English|Label::Español|Hint::English|Required|Relevance|Constraint|Constraint_Message::English|Read_Only|Calculation|Default|Appearance
Begin Group|g1|Part one|Parte uno|||||||||
Select_One yes_no|q1|Is it?|¿Lo es?||YES|||||||
Integer|q2|How many?|¿Cuántos?|A number|TRUE|${q1}='yes'|.<=10|Ten at most||||
Decimal|q3|Twice|Doble||||||yes|${q2} * 2||
Text|q4|Words|Palabras|||||||| none |multiline
End Group|g1|||||||||||
DateTime|q5|When?|¿Cuándo?|||||||||
dateTime|q6|And when?|¿Y cuándo?|||||||||
TIME|q7|At?|¿A qué hora?|||||||||
""",
        "Choices": """
List Name|Name|Label::English|Label::Español
yes_no|yes|Yes|Sí
yes_no|no|No|No
""",
        "Settings": """
Form_Title|Form_ID|Version
All kinds of headers|all_headers|7
""",
    },
    "empty_rows_and_columns": {
        "notes to myself*": "ask Ka Brêu about plots",
        "survey": """
||||||
|type|name|label||required|relevant
||||||
|text |name~| What is your name? ||yes |
|#text|gone|Not asked any more|||
||||||
|select_one  sex|sex |Sex||yes|~
|||||A remark behind the columns|
|note|n1|Thank you, ${name}!|||${sex} = 'f' or ${sex}='m'
""",
        "choices": """
list_name|name|label
|||
sex | m | Man
sex|f|Woman

sex|o|Other
""",
    },
    "codes_and_formulas": {
        "survey": """
type|name|label|calculation|constraint|relevant
select_one score|score|Score||| 
select_multiple score|scores|Scores|||${score} > 1
integer|year|Year||. >= 1990 and . <= 2026|
calculate|next||${year} + 1||
text|where|=CONCATENATE("Whe","re?") -> Where?|||${next} > 2000
""",
        "choices": """
list_name|name|label
score|=1+0 -> 1|One
score|2|=UPPER("two") -> TWO
score|3|Three
score|99|Don't know
""",
    },
    "dates_and_ages": {
        "survey": """
type|name|label|calculation|constraint|constraint_message|default|appearance|relevant
today|today|||||||
date|born|Born on||. <= today() and . > date('1900-01-01')|In the past||no-calendar|
calculate|age||int((today() - ${born}) div 365.25)|||||
calculate|age_months||floor((decimal-date-time(${today}) - decimal-date-time(${born})) div 30.4375)|||||
note|said|${age} years or ${age_months} months: born in %{born}||||||
date|visit|Next visit||. > ${today} - 1 and . < today() + 400|||month-year|
date|wed|Married in||||||${age} >= 15
date|since|Here since||||date('2020-01-01')|year|
text|stamp|Written|format-date(${visit}, '%e %b %Y')||||| 
datetime|seen|Seen at||||now()||
time|hour|Hour||||||
calculate|week||(decimal-date-time(${visit}) + 3) mod 7|||||
""",
    },
    "pages_of_an_indexed_roster": {
        "survey": """
type|name|label|calculation|repeat_count|choice_filter|appearance|relevant|required
begin repeat|person|Person||||||
text|p_name|Name|||||| yes
select_one sex|p_sex|Sex||||||yes
integer|p_age|Age||||||yes
end repeat|||||||||
calculate|people||count(${person})|||||
calculate|first_name||indexed-repeat(${p_name}, ${person}, 1)|||||
calculate|oldest||max(${p_age})|||||
calculate|names||join(', ', ${p_name})|||||
text|head|The head: ${first_name}||||||
begin repeat|visit|Visit to ${v_name}||${people}||||
calculate|v_name||indexed-repeat(${p_name}, ${person}, position(..))|||||
calculate|v_age||indexed-repeat(${p_age}, ${person}, position(..))|||||
select_one yn|v_there|Was ${v_name} there?||||||yes
begin group|care|Care of ${v_name}||||field-list|${v_age} < 5 and ${v_there} = '1'|
select_multiple shot|v_shots|Which ones?||||||yes
end group||||||||
end repeat|||||||||
calculate|unseen||${people} - sum(${v_seen})|||||
calculate|v_seen||number(${head} != '')|||||
""",
        "choices": """
list_name|name|label
sex|1|Man
sex|2|Woman
yn|1|Yes
yn|0|No
shot|bcg|BCG
shot|opv|Polio of ${v_name}
""",
    },
} | MORE
# Files that workbooks name.
ATTACHED = {
    "households.csv": "id,head,people\nAB-001,Ka Brêu,4\nAB-002,Ka Dim,2\n",
    "towns.csv": "name,label,district\ndl,Đà Lạt,north\nbl,Bảo Lộc,south\n",
}
