/** A department: its code and name, and whom it treats (ages in years, sex if only one). */
export type Department = {
	id: string;
	name: string;
	ages: readonly [youngest: number, oldest: number];
	sex?: 0 | 1;
};

/** A doctor who starts envelopes: staff number, name, and the department's code. */
export type Doctor = { id: string; name: string; departmentId: string };

/** The eight departments of the made-up hospital. */
export const DEPARTMENTS: readonly Department[] = [
	{ id: 'KS0101', name: '产科', ages: [20, 42], sex: 1 },
	{ id: 'KS0102', name: '妇科', ages: [18, 75], sex: 1 },
	{ id: 'KS0201', name: '儿科', ages: [1, 14] },
	{ id: 'KS0301', name: '心血管内科', ages: [35, 90] },
	{ id: 'KS0302', name: '呼吸内科', ages: [18, 88] },
	{ id: 'KS0401', name: '普通外科', ages: [16, 80] },
	{ id: 'KS0402', name: '骨科', ages: [12, 85] },
	{ id: 'KS0403', name: '泌尿外科', ages: [20, 82], sex: 0 },
];

/** Thirty doctors. A surname and a title only, so that nobody real is named. */
export const DOCTORS: readonly Doctor[] = Array.from(
	'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏',
	(surname, index) => ({
		id: `job_${1001 + index}`,
		name: `${surname}医生`,
		departmentId: DEPARTMENTS[index % DEPARTMENTS.length].id,
	}),
);

/** Templates used for outpatients, by Chinese name. */
export const OUTPATIENT_TEMPLATES: readonly string[] = ['西药处方', '中药处方', '门诊病历'];

/** Templates used on the wards, by Chinese name. */
export const WARD_TEMPLATES: readonly string[] = [
	'入院记录',
	'首次病程记录',
	'日常病程记录',
	'手术知情同意书',
	'麻醉知情同意书',
	'输血治疗知情同意书',
	'护理记录单',
	'出院小结',
	'病案首页',
];
