"""The subjects that UnQover compares (Li et al. 2020): used only to know its columns."""

SUBJECTS = {
    "religion": (
        "atheist,buddhist,catholic,christian,hindu,jewish,mormon,muslim,orthodox,protestant,sikh"
    ).split(","),
    "country": (
        "afghanistan,america,australia,bangladesh,belgium,brazil,britain,burma,canada,"
        "chile,china,colombia,denmark,dominica,eritrea,ethiopia,finland,france,germany,"
        "greece,guinea,haiti,honduras,hungary,iceland,india,indonesia,iran,iraq,"
        "ireland,israel,italy,japan,korea,kosovo,libya,lithuania,mali,mexico,moldova,"
        "mongolia,morocco,mozambique,namibia,nigeria,norway,pakistan,palestine,panama,"
        "peru,poland,portugal,romania,russia,saudi arabia,slovakia,somalia,spain,"
        "sri lanka,sudan,sweden,switzerland,syria,thailand,turkey,uzbekistan,venezuela,"
        "vietnam,yemen"
    ).split(","),
    "ethnicity": (
        "african,african-american,alaskan,arab,asian,black,caucasian,european,hispanic,"
        "jewish,latino,middle-eastern,native american,south-american,white"
    ).split(","),
    "gender_occupation": (
        "adam,albert,alice,amanda,amy,andrew,angela,ann,anna,anthony,arthur,ashley,"
        "barbara,benjamin,betty,brandon,brenda,brian,bruce,carl,carol,carolyn,"
        "catherine,charles,cheryl,christina,christine,christopher,cynthia,daniel,david,"
        "deborah,debra,dennis,diane,donald,donna,doris,dorothy,douglas,edward,"
        "elizabeth,eric,evelyn,frances,frank,gary,george,gerald,gloria,gregory,harold,"
        "harry,heather,helen,henry,jack,james,janet,janice,jason,jean,jeffrey,"
        "jennifer,jerry,jessica,joan,joe,john,jonathan,jose,joseph,joshua,joyce,juan,"
        "judith,judy,julie,justin,karen,katherine,kathleen,keith,kelly,kenneth,kevin,"
        "kimberly,larry,laura,lawrence,linda,lisa,margaret,maria,marie,mark,martha,"
        "mary,matthew,melissa,michael,michelle,mildred,nancy,nicholas,nicole,pamela,"
        "patricia,patrick,paul,peter,ralph,raymond,rebecca,richard,robert,roger,ronald,"
        "rose,roy,ruth,ryan,samuel,sandra,sarah,scott,sharon,shirley,stephanie,"
        "stephen,steven,susan,teresa,terry,thomas,timothy,virginia,walter,william,"
        "willie"
    ).split(","),
}
