# What lspci, setpci and driverctl say of a machine and do with $EDU, its edu, which vfio-pci holds. Run by a shell in the guest and under `vfio emulate`.
# With names of vendors and classes where somebody installed them: they are not the machine's.
lspci() { command lspci -i /dev/null -O hwdb.disable=1 "$@"; }
echo "== lspci"
lspci -vvv -n
echo "== lspci for machines"
lspci -Dvmmnnk
echo "== lspci as a tree"
lspci -n -t
echo "== driverctl"
driverctl list-devices
driverctl list-overrides
driverctl --nosave set-override "$EDU" none
driverctl list-devices
ls /dev/vfio
driverctl list-overrides
driverctl --nosave unset-override "$EDU"
echo "status $?"
driverctl list-devices
echo "== setpci"
setpci -s "$EDU" 3c.b
setpci -s "$EDU" 3c.b=42
setpci -s "$EDU" 3c.b
setpci -s "$EDU" 4.w=6
setpci -s "$EDU" 4.w
setpci -s "$EDU" CAP_MSI+2.w
lspci -n -s "$EDU" -x
