"""Ten more questionnaires of the kind that people write, as in `written_forms`."""

from __future__ import annotations

MORE: dict[str, dict[str, str]] = {
    "media_and_guidance": {
        "survey": """
type|name|label|hint|guidance_hint|image|audio|video|big-image|parameters|appearance|required|required_message
select_one face|mood|How do you feel?|Show the card|Do not prompt|faces.png|faces.mp3||large.png||likert|yes|Please choose
image|photo|The house|||||||max-pixels=1024|||
image|sign|Sign here|||||||| signature||
audio|voice|What was said|||||||quality=low|||
video|film|The field|||||||||
file|paper|Any document|||||||||
barcode|code|The code on the door|||||||||
geopoint|at|Where|||||||capture-accuracy=10 warning-accuracy=100|placement-map||
geotrace|path|The path to it|||||||||
geoshape|field|Around the field|||||||||
""",
        "choices": """
list_name|name|label|media::image|audio
face|good|Good|good.png|good.mp3
face|bad|Bad|bad.png|
""",
    },
    "ranges_and_ranks": {
        "survey": """
type|name|label|parameters|appearance|required|constraint|choice_filter
range|mood|From 0 to 10|start=0 end=10 step=1||yes||
range|rate|A share|start=0; end=1; step=0.1|||. <= 0.9|
range|heat|Degrees|start=-5 end=5 step=5|vertical|||
rank wish|wishes|Put in order|||yes||
select_multiple wish|chosen|Choose up to two||minimal||count-selected(.) <= 2|
rank wish|ordered|Order the two|seed=5 randomize=true||||selected(${chosen}, name)
select_one wish|one|The most wanted||columns-2 no-buttons|||
integer|grouped|Income||thousands-sep|||
""",
        "choices": """
list_name|name|label
wish|water|Water
wish|road|A road
wish|school|A school
""",
    },
    "last_saved_and_once": {
        "survey": """
type|name|label|default|calculation|readonly|required|relevant
text|enumerator|Who asks?|${last-saved#enumerator}|||yes|
date|day|Which day?|today()||||
text|id|Number||once(concat('H', string-length(uuid())))|yes||
calculate|draw|||once(random())|||
select_one arm|arm|Group||if(${draw} < 0.5, 'a', 'b')|true()||
integer|n|How many?|3||${enumerator} = 'Ka'|${arm} = 'a' or ${arm} = 'b'|
note|x|Group ${arm_name}|||||
calculate|arm_name|||jr:choice-name(${arm}, '${arm}')|||
""",
        "choices": """
list_name|name|label
arm|a|First
arm|b|Second
""",
    },
    "checks_of_groups": {
        "survey": """
type|name|label|relevant|required|constraint|calculation
select_multiple sign|signs|Signs||yes|not(selected(., 'none') and count-selected(.) > 1)|
calculate|severe||||| checklist(2, -1, selected(${signs}, 'fever'), selected(${signs}, 'cough'), selected(${signs}, 'rash'))
calculate|weighted|||||weighted-checklist(3, 9, selected(${signs}, 'fever'), 2, selected(${signs}, 'cough'), 1)
note|refer|**Refer** this person|${severe} = 1|||
text|where|Where to?|${severe} or ${weighted}|${weighted}|string-length(.) > 1|
calculate|cleaned|||||translate(normalize-space(${where}), 'abc', 'ABC')
calculate|first|||||substring-before(concat(${where}, ' '), ' ')
calculate|has|||||if(contains(${where}, 'hospital') and not(starts-with(${where}, 'no')), "yes", "no")
calculate|safe|||||coalesce(${where}, 'nowhere')
""",
        "choices": """
list_name|name|label
sign|fever|Fever
sign|cough|Cough
sign|rash|Rash
sign|none|None of these
""",
    },
    "six_languages": {
        "survey": """
type|name|label|label::Tiếng Việt (vi)|label::ភាសាខ្មែរ (km)|label::ລາວ (lo)|label::English (en)|label::العربية (ar)|hint::English (en)|constraint_message::English (en)|constraint
text|who|Who?|Ai?|អ្នកណា?|ໃຜ?|Who?|من؟|The head|At least two letters|string-length(.) >= 2
select_one yn|there|There?|Có nhà không?|||Is ${who} there?|||
""",
        "choices": """
list_name|name|label|label::Tiếng Việt (vi)|label::English (en)
yn|y|Y|Có|Yes
yn|n|N|Không|No
""",
        "settings": """
form_title|default_language|instance_name
Six|Tiếng Việt (vi)|concat(${who}, ' ', ${there})
""",
    },
    "grid_of_attitudes": {
        "survey": """
type|name|label|appearance|required|relevant
begin_group|attitudes|How much do you agree?|field-list||
select_one agree|head|Say for each|label|no|
select_one agree|a1|Children should help|list-nolabel|yes|
select_one agree|a2|Girls should study|list-nolabel|yes|
select_one agree|a3|Roads come first|list-nolabel|${a1} != '' and ${a2} != '9'|
end_group|||||
begin_group|more||field-list||${a1} >= 2 or ${a1} < 0
integer|n|How often?|||
text|why|Why?|multiline w1||
end_group|||||
""",
        "choices": """
list_name|name|label
agree|1|Agree
agree|2|Partly
agree|3|Not at all
agree|9|No answer
""",
    },
    "smart_quotes_and_words": {
        "survey": """
type|name|label|relevant|constraint|calculation|required
select_one yn|a|“Quoted” label – with dash|||| yes
text|b|Really?|${a} = “yes”||| ${a}=‘no’
integer|c|Count|(${a}='yes' and ${b}!='') or ${a} = 'no'|. >=0 and .<= 100 and (. mod 5 = 0)||yes
decimal|d|Weight||.>0 and .<=${c}*2+10||
calculate|e||||if(${c}>10,"many",if(${c}>5,'some','few'))|
note|f|${e} (${c} × 2 = ${g})||||
calculate|g||||${c}*2|
note|h|< 5 & > 3 is *fine* <span style="color:red">red</span>|${g}>=0 and ${e}!=""|||
""",
        "choices": """
list_name|name|label
yn|yes|Yes
yn|no|No
""",
    },
    "attached_and_hidden": {
        "survey": """
type|name|label|calculation|choice_filter|required|parameters|constraint
hidden|kept||'v2'||||
text|id|Number of the household|||yes||regex(., '^[A-Z]{2}-[0-9]{3}$')
calculate|head||pulldata('households', 'head', 'id', ${id})||||
calculate|people||number(pulldata('households.csv', 'people', 'id', ${id}))||||
note|known|${head}, ${people} people in ${district}|||||
calculate|district||instance('towns')/root/item[name = ${town}]/district||||
select_one_from_file towns.csv|town|Town||district = 'north' or ${people} > 2|yes|value=name label=label|
select_multiple_from_file towns.csv|went|Went to|||||
phonenumber|tel|||||| 
tel|called|Phone|||||regex(., '^0[0-9]{9}$')
""",
    },
    "groups_in_groups": {
        "survey": """
type|name|label|relevant|appearance|required|readonly|trigger|calculation
begin group|a|A||||||
begin group|b|B|${q0} > 0|||||
begin group|c|C||field-list||||
text|q1|In the third|||true()|||
integer|q2|Twice in the third|../../../../q0 > 1||${q1} != ''|||
end group|c|||||||
end group|b|||||||
begin repeat|r|Row||||||
integer|q3|A figure|||yes|||
calculate|q4|||||||../q3 * 10
calculate|q5|||||||sum(${q3})
end repeat|r|||||||
integer|total|Sum||||true()||sum(${q4})
end group|a|||||||
integer|q0|At the end|||yes|||
""",
    },
}
