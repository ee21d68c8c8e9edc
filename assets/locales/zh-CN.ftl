# 界面文字：中文。键与 en.ftl 一一对应，变量名也相同（有测试）。

back = 返回
district-word = 全区
language-switch = EN
help = 帮助
help-line = 左键下钻 · 拖动平移 · 滚轮缩放 · Home 全图 · T 俯视/平面 · Esc 上一级 · 退格 返回 · Ctrl+K 搜索 · 1–4 场景 · Shift+1–5 图层 · [ ] 图层浓淡 · F11 全屏 · F1 帮助
search-hint = 工单号、区域名、代码
search-none = 没有匹配的工单或区域

level-district = 区
level-street = 街道
level-community = 社区
level-grid = 网格

date = { $month } 月 { $day } 日
weekday-0 = 星期一
weekday-1 = 星期二
weekday-2 = 星期三
weekday-3 = 星期四
weekday-4 = 星期五
weekday-5 = 星期六
weekday-6 = 星期日
short-weekday-0 = 周一
short-weekday-1 = 周二
short-weekday-2 = 周三
short-weekday-3 = 周四
short-weekday-4 = 周五
short-weekday-5 = 周六
short-weekday-6 = 周日
yesterday = 昨日
now = 现在

age-seconds = { $n } 秒
age-minutes = { $n } 分
age-hours = { $n } 时
age-days = { $n } 天
age-ago-seconds = { $n } 秒前
age-ago-minutes = { $n } 分钟前
age-ago-hours = { $n } 小时前
age-ago-days = { $n } 天前

feed-tickets = 工单
feed-areas = 区域
feed-places = 底图
feed-care = 关爱
feed-sources = 来源
feed-site = 平台
delayed = 延迟 { $age }
expired = 失联 { $age }
never = 未到
as-of = 截至 { $time }
stale-as-of = 数据截至 { $time }
not-updated = 上次更新 { $ago }
not-current = 非当前值
last-known = 上次 { $time }
connecting = 正在连接…
no-data-yet = 尚无任何数据
verified-zero = 已核实为零
retry-in = { $n } 秒后重试
retry-now = 正在重试
silent-title = 未收到新数据
silent-line = 连接中断，不代表没有新工单
last-ticket = 上一件 { $time }

trouble-unreachable = 平台连接不上
trouble-timed-out = 平台响应超时
trouble-unauthorized = 平台拒绝访问，请检查凭证
trouble-not-a-platform = 该地址不是工单平台
trouble-busy = 平台繁忙，要求稍候
trouble-refused = 平台返回错误
trouble-unreadable = 平台返回异常
trouble-certificate = 平台证书无效
trouble-stream-lost = 平台连接中断
trouble-relisting = 正在重新读取全部工单

off-map = 不在图上 { $n } 件
unmatched = 未匹配网格 { $n } 件
rejects = 无法使用 { $n } 条
area-defects = 区域缺陷 { $n } 处
env-demo = 演示数据 · 虚构区域
env-archive = 历史数据
env-drill = 演练

unit-tickets = 件
unit-people = 人
unit-grids = 个
unit-per-thousand = 件/千人

intake-title = 今日受理
intake-delta-before = 较上{ $weekday }同时
intake-expected = 预期 { $low }–{ $high }
intake-no-history = 历史不足，无预期区间
source-grid-worker = 网格上报
source-hotline = 12345 热线
source-dispatch = 派遣、感知
source-other = 其他

stages-title = 在办工单环节
stages-note = { $n } 件 · 滞留中位
overdue-n = 超时 { $n }

latest-title = 最新工单
latest-note = 今日 { $n } 件
no-tickets = 没有工单
unknown-area = 未定位
stage-closed = 已结案
stage-void = 作废

children-title-street = 各街道在办
children-title-community = 各社区在办
children-title-grid = 各网格在办
children-note = { $n } 个 · 在办 / 超时
children-none = 下级无区域

table-title = 在办工单
table-note = { $n } 件
table-time = 时间
table-category = 类型
table-area = 网格
table-stage = 环节
table-left = 剩余
table-late = 超 { $age }
table-empty = 此区域没有在办工单

card-open = 在办
card-overdue = 超时
card-today = 今日受理
card-grids = 网格
card-population = 人口
card-density = 在办密度
card-code = 代码 { $code }
kind-general = 一般网格
kind-exclusive = 专属网格
kind-building = 楼宇网格

ticket-asked = 正在读取工单详情…
ticket-failed = 读不到工单详情
ticket-unlisted = 列表中没有这件工单
place = 位置
source = 来源
agency = 主办
reported = 上报
address = 地址
evidence = 佐证 { $n } 件 · 坐席可见，大屏不显示
mode-ordinary = 普通办理
mode-joint = 联动协办
mode-consult = 疑难商办
mode-emergency = 应急处办
mode-special = 特事特办
mode-supervised = 重点督办
not-on-map = 不在图上
outside = 区外坐标

clock-sign = 签收钟
clock-handle = 办理钟
clock-limit = 限 { $limit }
clock-no-limit = 无时限
clock-stopped = 已停
clock-running = 计时中
clock-paused = 暂停中
clock-late = 超时
clock-extended = 已延 { $age }
clock-urgent = 紧急工作时
clock-working = 工作时
clock-pause = 暂停 { $age }
clock-due = 到期 { $time }

timeline-title = 办理过程
timeline-spent = 用时
timeline-ahead = 待 { $steps }
timeline-none = 没有过程记录
event-entered = 进入环节
event-signed = 签收
event-paused = 挂账
event-resumed = 恢复
event-extended = 延期
event-rated = 评价
event-returned = 退回
event-closed = 结案
event-reopened = 重办
event-void = 作废
role = { $unit } · { $role }

lanes-title = 评价与重办
lane-redo = 重办 { $n } 次
lane-no-redo = 无重办
lane-rated-yes = 满意
lane-rated-no = 不满意
lane-unrated = 未评价
lane-resolved-yes = 已解决
lane-resolved-no = 未解决
lane-resolved-unknown = 解决与否未答
related-title = 同址 30 天 { $n } 件
related-none = 同址 30 天无其他工单

legend-title = 在办工单 { $unit } · 按{ $level }
legend-height = 高度同色阶
ribbon-title = 今日工单流
ribbon-one = 每点一件
ribbon-many = 每点 { $n } 件
ribbon-expected = 虚线为预期
map-sketch = 示意底图
hover-open = 在办 { $n } 件
hover-overdue = 超时 { $n } 件

layers = 图层
layer-areas = 在办
layer-tickets = 工单
layer-heat = 热力
layer-care = 关爱
layer-flow = 流转
layer-on = 开
layer-off = 关
