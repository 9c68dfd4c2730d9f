import type { INode } from 'n8n-workflow';

/** What stands in an example where a hospital has to put in a value of its own, and one for each. */
const VALUES: Readonly<Record<string, string>> = {
	在这里填模板ID: 'WSID_TEMP_0000018a000000000000000000000001',
	在这里填模板名称: '手术知情同意书',
	在这里填医生工号: 'D0001',
	在这里填医生姓名: '沈医生',
	在这里填科室代码: 'D03',
	在这里填科室名称: '普通外科',
	在这里填患者的签名位置: 'patient',
	在这里填医生的签名位置: 'doctor',
};

/** A node of an example in which a user has put in what is the hospital's own. */
export function putIn<Node extends INode>(node: Node): Node {
	const text = JSON.stringify(node.parameters).replaceAll(
		/"(在这里填[^"]+)"/g,
		(_, name: string) => {
			const value = VALUES[name];
			if (value === undefined) throw new Error(`Nothing is known for ${name}`);
			return JSON.stringify(value);
		},
	);
	return { ...node, parameters: JSON.parse(text) as Node['parameters'] };
}
